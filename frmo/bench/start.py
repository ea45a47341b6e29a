"""How fast the command starts: help, and a git hook with no frmo path staged, against `python -c "import click"`."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from frmo.bench.report import Report, at_most
from frmo.repo.creation import create
from frmo.store.seed import plant

_ROUNDS = 15
_MOST = 1.5


def measure(progress: Callable[[str], None]) -> Report:
    """Medians of whole processes, in turn with the limit, so that a busy machine slows all alike."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "repo"
        folder.mkdir()
        create(folder, {"a.txt": b"a\n"}, "start", fallback=("bench", "bench@frmo.invalid"))
        plant(folder, now=time.time())
        (folder / "a.txt").write_text("b\n")
        subprocess.run(["git", "add", "a.txt"], cwd=folder, check=True)
        commands: dict[str, Sequence[str]] = {
            "limit": (sys.executable, "-c", "import click"),
            "frmo --help": (sys.executable, "-m", "frmo", "--help"),
            "hook pre-commit, no frmo path staged": (".git/hooks/pre-commit",),
        }
        seconds: dict[str, list[float]] = {what: [] for what in commands}
        for number in range(_ROUNDS + 1):
            progress(f"round {number} of {_ROUNDS}")
            for what, command in commands.items():
                spent = _timed(command, folder)
                if number:
                    seconds[what].append(spent)
    limit = statistics.median(seconds.pop("limit"))
    note = f'python -c "import click": {limit * 1000:.0f} ms'
    rows = [at_most(what, statistics.median(found) / limit, _MOST, "x", note) for what, found in seconds.items()]
    return Report(tuple(rows), "frmo bench start")


def _timed(command: Sequence[str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
