"""A worker as a process of its own, for measurements: a project full of tasks, its memory, its agents' memory, its end."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from frmo.model.names import LEDGER
from frmo.repo.creation import create
from frmo.repo.repository import Repository
from frmo.store.seed import plant

REPLY = "```python\ndef f():\n    return 1\n```"
_SAMPLE_S = 0.3


def project(root: Path, tasks: int, delay_s: float) -> Path:
    """A workspace with `tasks` small tasks, and beside it `script.json`: a model that answers after `delay_s`."""
    root.parent.mkdir(parents=True, exist_ok=True)
    create(root, {"kit/__init__.py": b"", "README.md": b"# kit\n"}, "first", fallback=("bench", "bench@localhost"))
    plant(root, now=time.time())
    for number in range(tasks):
        (root / "tasks" / f"g{number:05}.yaml").write_text(task_text(number), encoding="utf-8")
    replies = [{"role": "executor", "text": REPLY, "delay_s": delay_s}]
    (root.parent / "script.json").write_text(json.dumps({"replies": replies}), encoding="utf-8")
    return root


def task_text(number: int) -> str:
    """A task file: one small file to write, judged at level 1, no swarm."""
    return f"title: Write number {number}\nfiles: [kit/n{number}.py]\nvalidation: {{level: 1}}\nswarm: 'off'\n"


@dataclass
class Running:
    """A worker that runs. `said`: its lines on stderr so far; `agent_mb`: largest own memory of a process below it."""

    process: "subprocess.Popen[str]"
    said: list[str] = field(default_factory=list)
    agent_mb: float = 0.0
    worker_mb: float = 0.0

    def wait(self, timeout_s: float = 3600.0) -> str:
        """Its stdout, when it has ended; how much memory it took is known then."""
        out, _ = self.process.communicate(timeout=timeout_s)
        return out


@contextlib.contextmanager
def started(root: Path, *args: str, name: str = "said") -> Iterator[Running]:
    """`frmo <args>` with the scripted kind in the project at `root`; killed at the end if it still runs."""
    script = str(root.parent / "script.json")
    argv = [sys.executable, "-m", "frmo", *args, "--agent", "scripted", "--script", script, "-C", str(root)]
    with (root.parent / f"{name}.txt").open("w+", encoding="utf-8") as said:
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=said, text=True, env={**os.environ})
        running = Running(process)
        over = threading.Event()
        threads = [threading.Thread(target=_sample, args=(running, over))]
        for thread in threads:
            thread.start()
        try:
            yield running
        finally:
            over.set()
            for thread in threads:
                thread.join()
            if process.poll() is None:
                process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()


def said(root: Path) -> list[str]:
    """Lines that the worker of `root` has written to stderr so far."""
    return (root.parent / "said.txt").read_text(encoding="utf-8").splitlines()


def settled(root: Path) -> list[str]:
    """Tasks in the ledger, as often as they were put there."""
    repo = Repository.discover(root)
    tip = repo.ref(LEDGER)
    subjects = (commit.message.split("\n", 1)[0] for commit in repo.history(tip)) if tip else ()
    return [line.split()[1] for line in subjects if " is " in line]


def agents_of(worker: int) -> list[int]:
    """Pids of the agent processes that a worker has started, as this process sees them."""
    return [pid for pid in _below(worker) if "frmo.agents.inside" in _read(pid, "cmdline")]


def until(holds: Callable[[], bool], timeout_s: float) -> bool:
    """Wait for it; False when it did not come."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _sample(running: Running, over: threading.Event) -> None:
    while not over.wait(_SAMPLE_S):
        running.worker_mb = max(running.worker_mb, _peak_mb(running.process.pid))
        for pid in agents_of(running.process.pid):
            running.agent_mb = max(running.agent_mb, _pss_mb(pid))


def _peak_mb(pid: int) -> float:
    rows = [line for line in _read(pid, "status").splitlines() if line.startswith("VmHWM:")]
    return int(rows[0].split()[1]) / 1024 if rows else 0.0


def _pss_mb(pid: int) -> float:
    """Own memory and its share of what it shares."""
    rows = [line for line in _read(pid, "smaps_rollup").splitlines() if line.startswith("Pss:")]
    return int(rows[0].split()[1]) / 1024 if rows else 0.0


def _below(pid: int) -> Sequence[int]:
    found: list[int] = []
    waiting = [pid]
    while waiting:
        place = waiting.pop()
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{place}/task").iterdir():
                children = [int(word) for word in _read(place, f"task/{task.name}/children").split()]
                found += children
                waiting += children
    return found


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has ended
        return ""
