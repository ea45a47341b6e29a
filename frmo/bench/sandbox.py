"""`frmo bench sandbox`: what the sandbox costs, beside a bare process and beside bare bubblewrap in the same run."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from frmo.agents.exchange import agent_program
from frmo.bench.report import Report, Row, at_most
from frmo.errors import SandboxUnavailable
from frmo.sandbox.choice import choose
from frmo.sandbox.program import Mount, Program, Running, Sandbox

ROUNDS = 30
MOST_COST_MS = 60.0
MOST_RATIO = 2.0
_SYSTEM = (
    "--unshare-all", "--die-with-parent", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin",
    "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev",
)  # fmt: skip
_PATH = "/usr/local/bin:/usr/bin:/bin"
_READY_S = 10.0
_PASS = ("-I", "-c", "pass")

Progress = Callable[[str], None]
Timed = Callable[[], "Running | None"]  # what is left to be ended, outside the measured time


def measure(progress: Progress, rounds: int = ROUNDS) -> Report:
    """Medians of `rounds` interleaved runs. Raises SandboxUnavailable where bubblewrap can't run."""
    sandbox = choose({}, "full")
    python = Path(sys.executable)
    agent = agent_program(python)
    mounts = agent.readonly
    walled = Program((str(python), *_PASS), cwd="/tmp", readonly=mounts)  # noqa: S108  inside, its own
    plain = ["bwrap", *_SYSTEM, *_shown(mounts), str(python), *_PASS]

    timed: dict[str, Timed] = {
        "bare process": lambda: _bare([str(python), *_PASS]),
        "bubblewrap": lambda: _bare(plain),
        "sandbox": lambda: _run(sandbox, walled),
        "agent": lambda: _ready(sandbox, agent),
    }
    progress(f"{rounds} rounds of a bare process, bare bubblewrap, the sandbox and a fresh agent process")
    figures = _medians(timed, rounds)
    cost = figures["sandbox"] - figures["bare process"]
    ratio = figures["agent"] / figures["bubblewrap"]
    rows = (
        Row("python -I -c pass, bare", figures["bare process"], "ms"),
        Row("the same under bare bubblewrap", figures["bubblewrap"], "ms"),
        Row("the same in the sandbox, to the death of its tree", figures["sandbox"], "ms"),
        at_most("cost of the sandbox over a bare process", cost, MOST_COST_MS, "ms", "bare bubblewrap"),
        Row("fresh agent process, ready for its first line", figures["agent"], "ms"),
        at_most("fresh agent process over bare bubblewrap", ratio, MOST_RATIO, "x", "1"),
    )
    return Report(rows, "frmo bench sandbox")


def _medians(timed: Mapping[str, Timed], rounds: int) -> dict[str, float]:
    """Milliseconds of each, one after the other in every round, so that a busy moment hits all alike."""
    taken: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(rounds + 1):
        for name, act in timed.items():
            began = time.perf_counter()
            left = act()
            taken[name].append((time.perf_counter() - began) * 1000)
            if left is not None:
                left.kill()
                left.wait()
    return {name: statistics.median(values[1:]) for name, values in taken.items()}  # the first round warms up


def _bare(argv: Sequence[str]) -> None:
    subprocess.run(argv, env={"PATH": _PATH}, check=True, capture_output=True, stdin=subprocess.DEVNULL)


def _run(sandbox: Sandbox, program: Program) -> None:
    ended = sandbox.run(program)
    if not ended.ok:
        raise SandboxUnavailable(f"the sandbox could not run Python: {ended.stderr.decode(errors='replace').strip()}")


def _ready(sandbox: Sandbox, program: Program) -> Running:
    """Started, and it has said that it waits for its first line."""
    running = sandbox.start(program)
    if running.receive(_READY_S) is None:
        said = running.wait().stderr.decode(errors="replace").strip()
        raise SandboxUnavailable(f"an agent process did not start: {said}")
    return running


def _shown(mounts: Sequence[Mount]) -> list[str]:
    return [part for mount in mounts for part in ("--ro-bind", str(mount.source), mount.target)]
