"""`frmo bench store`: how fast steps are committed, against pygit2 alone and against plain files, in the same run."""

import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median

from frmo.bench.report import Report, Row, at_least, at_most
from frmo.files.json_file import canonical
from frmo.model.names import LEDGER, shard
from frmo.model.state import RunState, State
from frmo.model.task import Task
from frmo.repo.creation import create
from frmo.repo.raw import RawBranch, import_history
from frmo.repo.repository import FileChange, Repository, set_durability
from frmo.store.leases import Leases, holder_here
from frmo.store.ledger import Ledger
from frmo.store.runs import StepNote, TaskRun
from frmo.store.workspace import Workspace

Progress = Callable[[str], None]
_NOW = 1_700_000_000.0
_PROCESSES = 4


def measure(
    progress: Progress,
    *,
    steps: int = 200,
    writers: int = 32,
    long_history: int = 50_000,
    many_errors: int = 100_000,
    tasks: int = 1000,
    workers: int = 100,
) -> Report:
    """All figures; needs about 1 GB of disk in the temporary directory. The sizes are those of the targets."""
    rows: list[Row] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            rows += _steps(progress, place, steps)
            rows += _durable(progress, place, steps)
            rows += _writers(progress, place, writers, steps)
            rows += _growth(progress, place, long_history)
            rows += _errors(progress, place, many_errors)
            rows += _claims(progress, place, tasks, workers)
    finally:
        set_durability("full")
    return Report(tuple(rows), "frmo bench store")


def _steps(progress: Progress, place: Path, steps: int) -> Iterator[Row]:
    progress(f"{steps} step commits, against pygit2 alone")
    set_durability("fast")
    workspace = _workspace(place / "steps")
    run, other = _begun(workspace, 0), _begun(workspace, 1)
    raw = RawBranch(workspace.repo.git_dir, other.ref)
    ours, theirs = _interleaved(lambda n: _step(run, n), lambda n: _raw_step(raw, other, n), steps)
    yield Row("step commit", 1 / ours, "/s", limit=f"{1 / theirs:.0f} pygit2 alone")
    yield at_least("step commit, of pygit2 alone", 100 * theirs / ours, 70, "%")


def _durable(progress: Progress, place: Path, steps: int) -> Iterator[Row]:
    progress("durable step commits, against 3 plain files with fsync")
    set_durability("full")
    workspace = _workspace(place / "durable")
    run = _begun(workspace, 0)
    files = place / "files"
    files.mkdir()
    ours, theirs = _interleaved(lambda n: _step(run, n), lambda n: _three_files(files, n), max(20, steps // 4))
    yield Row("durable step commit", 1 / ours, "/s", limit=f"{1 / theirs:.0f} of 3 files with fsync")
    yield at_least("durable step commit, of 3 files with fsync", 100 * theirs / ours, 20, "%")
    runs = [_begun(workspace, number) for number in range(1, 9)]
    grouped = _in_threads([partial(_all_steps, run, range(20)) for run in runs]) / (20 * len(runs))
    yield at_least("durable, 8 tasks at once, of 3 files with fsync", 100 * theirs / grouped, 40, "%")


def _writers(progress: Progress, place: Path, writers: int, steps: int) -> Iterator[Row]:
    progress(f"{writers} writers at once, against pygit2 alone")
    set_durability("fast")
    workspace = _workspace(place / "writers")
    each = max(5, steps // 10)
    runs = [_begun(workspace, number) for number in range(writers)]
    others = [_begun(workspace, writers + number) for number in range(writers)]
    raws = [(RawBranch(workspace.repo.git_dir, other.ref), other) for other in others]
    ours, theirs = [], []
    for turn in range(3):
        span = range(turn * each, (turn + 1) * each)
        ours.append(_in_threads([partial(_all_steps, run, span) for run in runs]))
        theirs.append(_in_threads([partial(_all_raw_steps, raw, other, span) for raw, other in raws]))
    yield at_least(f"{writers} writers, of pygit2 alone at {writers}", 100 * median(theirs) / median(ours), 80, "%")


def _growth(progress: Progress, place: Path, commits: int) -> Iterator[Row]:
    progress(f"a step on top of {commits} commits, against one on top of 100")
    set_durability("fast")
    times = []
    for count in (100, commits):
        workspace = _workspace(place / f"history-{count}")
        ref = "refs/heads/long"
        import_history(workspace.root, ref, ([(f"d/{n % 256:02x}/{n}.txt", b"%d\n" % n)] for n in range(count)))
        run = _begun(workspace, 0, base=workspace.repo.ref(ref))
        times.append(run)
    short, long = times
    ours, theirs = _interleaved(lambda n: _step(long, n), lambda n: _step(short, n), 60)
    yield at_most(f"step at {commits} commits, of that at 100", ours / theirs, 1.3, "x")


def _errors(progress: Progress, place: Path, errors: int) -> Iterator[Row]:
    progress(f"a run with an error settles into a ledger of {errors} errors, against one of 1,000")
    set_durability("fast")
    ledgers = []
    for count in (1000, errors):
        workspace = _workspace(place / f"errors-{count}")
        import_history(workspace.root, LEDGER, [_error_files(count)])
        ledgers.append((Ledger(workspace), [_begun(workspace, number) for number in range(40)]))
    small, large = ledgers
    ours, theirs = _interleaved(
        lambda n: large[0].graft(large[1][n], _NOW), lambda n: small[0].graft(small[1][n], _NOW), 40
    )
    yield at_most(f"settle at {errors} errors, of that at 1,000", ours / theirs, 2.0, "x")


def _claims(progress: Progress, place: Path, tasks: int, workers: int) -> Iterator[Row]:
    progress(f"{workers} workers claim {tasks} tasks while refs are packed")
    workspace = _workspace(place / "claims")
    context = multiprocessing.get_context("spawn")
    barrier, results, done = context.Barrier(_PROCESSES), context.SimpleQueue(), threading.Event()
    root, share = str(workspace.root), workers // _PROCESSES
    started = [
        context.Process(target=_claim, args=(root, tasks, (number, share), barrier, results))
        for number in range(_PROCESSES)
    ]
    packer = threading.Thread(target=_pack, args=(workspace, done))
    begin = time.perf_counter()
    for process in started:
        process.start()
    packer.start()
    won = [results.get() for _ in started]
    for process in started:
        process.join()
    duration = time.perf_counter() - begin
    done.set()
    packer.join()
    names = [name for names in won for name in names]
    once = len(names) == len(set(names)) == tasks
    yield Row(f"claims of {tasks} tasks by {workers} workers", len(names), "", f"= {tasks}", "exactly once", once)
    yield Row("claims", len(names) / duration, "/s", limit="start of the processes included")


def _claim(root: str, tasks: int, lane: tuple[int, int], barrier: Barrier, results: "SimpleQueue[list[str]]") -> None:
    """One process of workers; `lane`: its number, and how many workers (threads) it runs."""
    number, threads = lane
    set_durability("fast")
    repo = Repository.discover(Path(root))
    won: list[str] = []

    def work(thread: int) -> None:
        leases = Leases(repo, holder_here(f"{number}-{thread}"))
        start = (number * threads + thread) * 7919
        for turn in range(tasks):
            name = f"t{(start + turn) % tasks}-00000000"
            if leases.acquire(name, _NOW, 3600):
                won.append(name)

    barrier.wait()
    _in_threads([partial(work, thread) for thread in range(threads)])
    barrier.wait()  # the leases of a process that has ended are free to take
    results.put(won)


def _pack(workspace: Workspace, done: threading.Event) -> None:
    while not done.wait(0.05):
        workspace.repo.pack_refs()


def _workspace(root: Path) -> Workspace:
    """A small project with one commit."""
    create(
        root, {"state/config.yaml": b"version: 1\n", "text/slug.py": b"x = 1\n"}, "first", fallback=("b", "b@localhost")
    )
    return Workspace.open(root)


def _begun(workspace: Workspace, number: int, base: str | None = None) -> TaskRun:
    """A run under a lease, ready for steps."""
    name = f"t{number}-00000000"
    lease = Leases(workspace.repo, holder_here("bench")).claim(name, _NOW, 3600)
    state = RunState(task=name, run=1, base=base or workspace.repo.head() or "", step=1)
    task = Task(id=name, path=f"tasks/t{number}.yaml", content={"title": "bench"}, title="bench")
    return TaskRun.accept(
        workspace, task, state, StepNote("accept", "bench", _NOW), source=b"title: bench\n", lease=lease
    )


def _step(run: TaskRun, number: int) -> None:
    """One step: three files in two folders, as an execute step has them."""
    state = replace(run.state, state=State.EXECUTING, version=run.state.version + 1, step=number % 90 + 2)
    run.record(StepNote("execute", "bench", _NOW + number), state, files={"out.txt": FileChange(b"%d\n" % number)})


def _all_steps(run: TaskRun, numbers: Iterable[int]) -> None:
    for number in numbers:
        _step(run, number)


def _all_raw_steps(raw: RawBranch, like: TaskRun, numbers: Iterable[int]) -> None:
    for number in numbers:
        _raw_step(raw, like, number)


def _raw_step(raw: RawBranch, like: TaskRun, number: int) -> None:
    """The same content at the same places: its state and step as canonical JSON, written by pygit2 alone."""
    state = replace(like.state, version=number, step=number % 90 + 2).to_data()
    step = f"{like.place.facts}/steps/{number % 90 + 2:02d}-execute.json"
    facts = {f"{like.place.facts}/state.json": canonical(state), step: canonical({**state, "step": "execute"})}
    raw.commit({"out.txt": b"%d\n" % number, **facts}, "bench")


def _three_files(folder: Path, number: int) -> None:
    for part in range(3):
        with (folder / f"{number}.{part}").open("wb") as file:
            file.write(b"%d" % number + b" " * 500)
            file.flush()
            os.fsync(file.fileno())


def _error_files(count: int) -> list[tuple[str, bytes]]:
    """A ledger's error records, 20 to a run, sharded as runs are."""
    rows = []
    for number in range(count):
        name = f"e{number // 20}-00000000"
        day = f"2023-{number // 20 % 12 + 1:02d}-{number // 240 % 28 + 1:02d}"
        rows.append((f"logs/errors/{day}/{shard(name)}/{name}/1/{number % 20:02d}.json", b"%d\n" % number))
    return rows


def _interleaved(ours: Callable[[int], object], theirs: Callable[[int], object], count: int) -> tuple[float, float]:
    """Median seconds of one call of each, taken in turns so that a noisy machine disturbs both."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(count):
        for call, spent in zip((ours, theirs), times, strict=True):
            begin = time.perf_counter()
            call(number)
            spent.append(time.perf_counter() - begin)
    return median(times[0]), median(times[1])


def _in_threads(calls: list[Callable[[], object]]) -> float:
    """Seconds until all calls, each in a thread of its own, are done."""
    threads = [threading.Thread(target=call) for call in calls]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin
