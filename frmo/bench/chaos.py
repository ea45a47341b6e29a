"""`frmo bench chaos --kills N`: workers and agents are killed and stopped at random; nothing may be lost or done twice."""

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from frmo.bench.crowd import Running, agents_of, project, settled, started, task_text, until
from frmo.bench.report import Report, Row, at_most
from frmo.engine.standing import standing
from frmo.files import yaml_file
from frmo.model.state import State
from frmo.repo.repository import FileChange, Repository, Signature
from frmo.store.workspace import Workspace

Progress = Callable[[str], None]
RESTART_S = 5.0
LEASE_S = 5.0
_DELAY_S = 0.2
_JOBS = "6"
_BUDGET = "budget: {attempts: 20}\n"


def measure(progress: Progress, kills: int = 20, seed: int = 1) -> Report:
    """One task for every two kills, so that there is always something to kill. The seed fixes what is done, not when."""
    with tempfile.TemporaryDirectory(prefix="frmo-bench-") as folder:
        root = _project(Path(folder) / "repo", max(4, kills // 2))
        rows = tuple(_killed(progress, root, kills, random.Random(seed)))
    return Report(rows, f"frmo bench chaos --kills {kills}")


def _killed(progress: Progress, root: Path, kills: int, dice: random.Random) -> Iterator[Row]:
    done = {"worker killed": 0, "agent killed": 0, "worker stopped beyond its lease": 0}
    restarts = []
    number = _count(root)
    while sum(done.values()) < kills:
        if len(settled(root)) >= number - 3:
            for _ in range(6):
                _drop(root, number)
                number += 1
        progress(f"{sum(done.values())} of {kills} kills, {len(settled(root))} of {number} tasks settled")
        began = time.monotonic()
        with started(root, "run", "-j", _JOBS, "-q") as worker:
            _first_change(root, worker)
            restarts.append(time.monotonic() - began)
            while worker.process.poll() is None and sum(done.values()) < kills:
                time.sleep(dice.uniform(0.0, 1.2))
                what = dice.choices(list(done), (6, 3, 1))[0]
                if what == "agent killed":
                    done[what] += _kill_agent(worker.process.pid, dice)
                    continue
                if what == "worker killed":
                    worker.process.kill()
                else:
                    _stopped(root, worker.process)
                done[what] += 1
                break
    progress("the rest is worked through in peace")
    with started(root, "run", "-j", _JOBS, "-q") as worker:
        worker.wait()
    yield from (Row(what, count) for what, count in done.items())
    yield at_most("start to first change, slowest", max(restarts, default=0.0), RESTART_S, "s")
    yield from _judged(root, number)


def _judged(root: Path, number: int) -> Iterator[Row]:
    workspace = Workspace.open(root)
    rows, _ = standing(workspace)
    grafts = settled(root)
    complete = sum(row.state == State.COMPLETE and row.run == 1 for row in rows)
    lost = number - len(set(grafts))
    given_up = sum("its worker died" in row.reason for row in rows)
    yield Row("tasks", number)
    yield Row("complete", complete, "", "all but those given up", "", complete + given_up == number)
    yield Row("given up: their worker died three times in a row on them", given_up)
    yield at_most("tasks lost", lost, 0)
    yield at_most("tasks settled twice", len(grafts) - len(set(grafts)), 0)
    yield at_most("leases left", len(workspace.repo.refs("refs/frmo/leases/")), 0)
    fsck = subprocess.run(["git", "-C", root, "fsck", "--full", "--no-dangling"], capture_output=True, check=False)
    yield Row("git fsck", fsck.returncode, "", "= 0", "", fsck.returncode == 0 and b"missing" not in fsck.stdout)


def _project(root: Path, tasks: int) -> Path:
    """A workspace whose leases are short, so that it does not take minutes until one is over."""
    project(root, 0, _DELAY_S)
    repo = Repository.discover(root)
    head = repo.head()
    assert head
    content = (root / "state" / "config.yaml").read_bytes()
    config = {**yaml_file.load(content, "config.yaml"), "lease_s": LEASE_S}
    tree = repo.edit_tree(head, {"state/config.yaml": FileChange(yaml_file.canonical(config))})
    repo.advance(
        repo.commit(tree, [head], "short leases\n", Signature("bench", "bench@localhost", time.time())), "bench"
    )
    for number in range(tasks):
        _drop(root, number)
    return root


def _drop(root: Path, number: int) -> None:
    (root / "tasks" / f"g{number:05}.yaml").write_text(task_text(number) + _BUDGET, encoding="utf-8")


def _count(root: Path) -> int:
    return sum(1 for _ in (root / "tasks").glob("g*.yaml"))


def _first_change(root: Path, worker: Running) -> None:
    before = _refs(root)
    until(lambda: _refs(root) != before or worker.process.poll() is not None, 30.0)


def _refs(root: Path) -> list[tuple[str, str]]:
    return Repository.discover(root).refs("refs/")


def _kill_agent(worker: int, dice: random.Random) -> int:
    """Kill one of the worker's agent processes; 0 when there was none."""
    agents = agents_of(worker)
    if not agents:
        return 0
    try:
        os.kill(dice.choice(agents), signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def _stopped(root: Path, process: "subprocess.Popen[str]") -> None:
    """Stop the worker until its leases are over, let another one work meanwhile, then let it go on beside that."""
    process.send_signal(signal.SIGSTOP)
    time.sleep(LEASE_S * 1.2)
    with started(root, "run", "-j", _JOBS, "-q", name="other") as other:
        time.sleep(1.5)
        process.send_signal(signal.SIGCONT)
        other.wait()
    until(lambda: process.poll() is not None, 30.0)
