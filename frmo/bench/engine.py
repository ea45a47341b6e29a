"""`frmo bench engine`: a hundred agents at once against what the machine can do, and thousands of files dropped at once."""

import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from frmo.agents.exchange import agent_program
from frmo.bench.crowd import project, said, settled, started, task_text, until
from frmo.bench.report import Report, Row, at_most
from frmo.files.json_file import canonical
from frmo.repo.creation import create
from frmo.repo.raw import RawBranch
from frmo.repo.repository import RefUpdate, Repository
from frmo.sandbox.choice import choose
from frmo.sandbox.program import Program, Sandbox

Progress = Callable[[str], None]
MODEL_S = 2.0
STEPS = 5
MOST_RATIO = 1.5
WORKER_MB, AGENT_MB = 300.0, 40.0
FOUND_S = 60.0
_THREADS = 4


def measure(progress: Progress, agents: int = 100, good: int = 2000, bad: int = 200) -> Report:
    """`agents`: scripted, each with a model of two seconds and a validation at level 1, all at once."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="frmo-bench-") as folder:
        rows += _crowd(progress, Path(folder), agents)
        rows += _flood(progress, Path(folder), good, bad)
    return Report(tuple(rows), "frmo bench engine")


def _crowd(progress: Progress, place: Path, agents: int) -> Iterator[Row]:
    progress(f"what {agents} agents of {STEPS} steps cost without an engine")
    before = _floor(place / "floor-1", agents)
    progress(f"{agents} agents at once, {MODEL_S:g} s of model each")
    root = project(place / "crowd" / "repo", agents, MODEL_S)
    began = time.monotonic()
    with started(root, "run", "-j", str(agents), "--json", "-q") as worker:
        out = worker.wait()
        wall = time.monotonic() - began
    complete = sum(row["state"] == "complete" for row in json.loads(out)["tasks"])
    progress("the cost without an engine once more: the machine may be busier now")
    floor = (before + _floor(place / "floor-2", agents)) / 2
    ideal = max(MODEL_S, floor)
    yield Row("the same processes and commits without an engine", floor, "s")
    yield Row("wall time, start of the worker included", wall, "s", limit=f"{ideal:.2f} s ideal")
    yield at_most("wall time over the ideal", wall / ideal, MOST_RATIO, "x", "1")
    yield Row("tasks complete", complete, "", f"= {agents}", "", complete == agents)
    yield at_most("memory of the worker", worker.worker_mb, WORKER_MB, "MB")
    yield at_most("memory of an agent, the largest seen", worker.agent_mb, AGENT_MB, "MB")


def _floor(folder: Path, agents: int) -> float:
    """Seconds for the work itself, by as many threads as is fastest: an agent process each and one that checks its work,
    in the sandbox, and raw commits of all steps, leases' and the ledger's refs left out.
    """
    sandbox, python = choose({}, "full"), Path(sys.executable)
    repo = create(folder, {"a.txt": b"1"}, "first", fallback=("b", "b@localhost"))
    began = time.monotonic()
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(lambda number: _one(number, repo, sandbox, python), range(agents)))
    return time.monotonic() - began


def _one(number: int, repo: Repository, sandbox: Sandbox, python: Path) -> None:
    agent = agent_program(python)
    running = sandbox.start(agent)
    running.receive(30.0)
    running.kill()
    running.wait()
    check = Program((str(python), "-I", "-c", "import ast, json"), cwd="/tmp", readonly=agent.readonly)  # noqa: S108
    sandbox.run(check)
    ref = f"refs/heads/raw/{number}"
    head = repo.head()
    assert head
    repo.swap([RefUpdate(ref, head, None)])
    branch = RawBranch(repo.git_dir, ref)
    for step in range(STEPS):
        facts = {f"s/{number % 256:02x}/{number}/{name}.json": canonical({"step": step}) for name in ("state", step)}
        branch.commit(facts, "step")


def _flood(progress: Progress, place: Path, good: int, bad: int) -> Iterator[Row]:
    progress(f"{good} good and {bad} bad files dropped at once before a watcher, then all are run")
    root = project(place / "flood" / "repo", 0, 0.0)
    aside = root / "aside"
    aside.mkdir()
    for number in range(good):
        (aside / f"g{number:05}.yaml").write_text(task_text(number), encoding="utf-8")
    for number in range(bad):
        (aside / f"b{number:05}.yaml").write_text("title: [\n", encoding="utf-8")
    with started(root, "watch", "-j", "16", "-v") as worker:
        until(lambda: any("watching" in line for line in said(root)), FOUND_S)
        began = time.monotonic()
        for path in aside.iterdir():
            path.rename(root / "tasks" / path.name)
        dropped = time.monotonic() - began
        until(lambda: len(_told(root)) >= bad and _found(root) >= good, 3 * FOUND_S)
        found = time.monotonic() - began
        until(lambda: len(settled(root)) >= good, good * 1.0 + FOUND_S)
        ran = time.monotonic() - began
        worker.process.send_signal(signal.SIGTERM)
        worker.wait(30)
    told, grafts = _told(root), settled(root)
    yield Row(f"{good + bad} files dropped within", dropped, "s")
    yield at_most("until each good one was found and each bad one told", found, FOUND_S, "s")
    once = len(told) == len(set(told)) == bad
    yield Row("bad files told", len(told), "", f"= {bad}, each once", "", once)
    once = len(grafts) == len(set(grafts)) == good
    yield Row("good files run", len(grafts), "", f"= {good}, each once", "", once)
    yield Row("tasks a second", good / ran, "/s")
    yield at_most("memory of the watcher", worker.worker_mb, WORKER_MB, "MB")


def _told(root: Path) -> list[str]:
    """Bad files as often as they were told."""
    return [line.split(":")[1].strip() for line in said(root) if line.startswith("frmo: tasks/b")]


def _found(root: Path) -> int:
    """How many tasks the watcher says it has found."""
    counts = [line.split()[1] for line in said(root) if line.startswith("inbox") and line.split()[1].isdecimal()]
    return sum(map(int, counts))
