"""What a step costs beside its model: spawn, sandbox, checks of level 1 and the commit, of scripted agents."""

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from frmo.bench.report import Report, Row, at_most
from frmo.engine.batch import plan_batch, run_batch
from frmo.engine.opening import Surroundings
from frmo.files.yaml_file import canonical
from frmo.repo.creation import create
from frmo.store.config import load_config
from frmo.store.inbox import place
from frmo.store.seed import plant
from frmo.store.workspace import Workspace

_TASKS = 12
_MOST_MS = 400.0
_SCRIPT = {"replies": [{"role": "executor", "text": "```python\ndef add(a, b):\n    return a + b\n```"}]}


def measure(progress: Callable[[str], None]) -> Report:
    """Median milliseconds between the commits of a walk, one task after the other, a model that answers at once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "repo"
        folder.mkdir()
        create(folder, {"kit/__init__.py": b""}, "start", fallback=("bench", "bench@frmo.invalid"))
        plant(folder, now=time.time())
        workspace = Workspace.open(folder)
        tasks = [(f"t{number}.yaml", _task(number)) for number in range(_TASKS)]
        place(workspace, tasks)
        spent = _walked(workspace, Path(name), progress)
    rows = [
        Row(f"{step} (median of {len(found)})", statistics.median(found) * 1000, "ms") for step, found in spent.items()
    ]
    every = [seconds for found in spent.values() for seconds in found]
    return Report((at_most("all steps", statistics.median(every) * 1000, _MOST_MS, "ms"), *rows), "frmo bench step")


def _task(number: int) -> bytes:
    return canonical(
        {"title": f"Write add number {number}", "files": [f"kit/a{number}.py"], "validation": {"level": 1}}
    )


def _walked(workspace: Workspace, cache: Path, progress: Callable[[str], None]) -> dict[str, list[float]]:
    """Seconds of every step by its name, in the order in which they first came."""
    spent: dict[str, list[float]] = {}
    last = time.perf_counter()

    def notify(task: str, text: str) -> None:
        nonlocal last
        now = time.perf_counter()
        spent.setdefault(text.split(":", maxsplit=1)[0], []).append(now - last)
        last = now
        progress(f"{task} {text}")

    config, _ = load_config(workspace)
    around = Surroundings(env=dict(os.environ), cache=cache, now=time.time, script=_SCRIPT, notify=notify)
    batch = plan_batch(workspace, (), again=False)
    last = time.perf_counter()
    stop = threading.Event()
    run_batch(batch, workspace, config, around, jobs=1, agent="scripted", name="bench", stop=stop)
    return spent
