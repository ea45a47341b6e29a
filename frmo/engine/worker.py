"""The worker: claims tasks, walks them side by side in threads, hands back what it must, and says where all stand."""

import contextlib
import queue
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from frmo.engine.agenda import Agenda, Feed
from frmo.engine.keeper import Keeper
from frmo.engine.pending import Board, Work, dependencies
from frmo.engine.pressure import memory_for
from frmo.engine.recovery import recover, working_folder
from frmo.engine.result import Row, Summary, in_order, row_of
from frmo.errors import Fault, FrmoError, InputError, Interrupted, RefMoved
from frmo.gateway.caller import Spend
from frmo.gateway.kinds import COMMAND, meant
from frmo.model.config import merged_budget
from frmo.model.state import TERMINAL, State
from frmo.steps.accept import accept, base_of
from frmo.steps.sequence import walk_on
from frmo.steps.settle import settle
from frmo.steps.walk import Tools, Walk
from frmo.store.domains import load_domain
from frmo.store.leases import HeldLease, Leases, holder_here
from frmo.store.requests import cancel_requested, withdraw
from frmo.store.runs import TaskRun

POISON_AFTER = 3
_POLL_S = 0.1


@dataclass(frozen=True)
class Worker:
    """One process's work on one workspace. `agent`: the kind asked for on the command line, over task and config.

    `env`: only to know what `auto` means. `stop`: set by the person; `scratch`: folder for worktrees and checks.
    """

    tools: Tools
    name: str
    env: Mapping[str, str]
    stop: threading.Event
    agent: str | None = None
    scratch: Path | None = None

    def run(self, board: Board, jobs: int) -> Summary:
        """Work through `board` with `jobs` tasks at once; ends when nothing is left that can go on."""
        needs = dependencies(board.work, {row.task: row for row in board.done})
        agenda = Agenda()
        agenda.put(board.work, needs, board.states(), self.tools.now())
        rows, faults = self.serve(agenda, jobs, {row.task for row in board.done})
        return Summary(in_order([*rows, *board.chosen]), (*board.faults, *faults), self.stop.is_set())

    def serve(self, feed: Feed, jobs: int, finished: Iterable[str]) -> tuple[list[Row], list[Fault]]:
        """Work on what `feed` gives until it is closed and empty. `finished`: tasks that need no lease."""
        tools = self.tools
        temporary = self.scratch or Path(tempfile.gettempdir())
        recover(tools.workspace, finished, tools.now(), temporary)
        with working_folder(self.scratch) as folder:
            leases = Leases(tools.workspace.repo, holder_here(self.name))
            with Keeper(tools.workspace.repo, tools.now, tools.config.lease_s) as keeper:
                return _Desk(self, leases, keeper, Path(folder)).work_through(feed, jobs)


@dataclass(frozen=True)
class _Desk:
    """The worker with what lives only as long as one batch."""

    worker: Worker
    leases: Leases
    keeper: Keeper
    folder: Path
    suspects: threading.Lock = field(default_factory=threading.Lock)
    models: set[tuple[str, str | None]] = field(default_factory=set)

    def work_through(self, feed: Feed, jobs: int) -> tuple[list[Row], list[Fault]]:
        """Start what is ready in order, as places come free; give up on what waits for something that failed."""
        running: dict[Future[Row], Work] = {}
        ended: queue.SimpleQueue[Future[Row]] = queue.SimpleQueue()
        rows: dict[str, Row] = {}
        faults: dict[Fault, None] = {}
        stopping = False
        with ThreadPoolExecutor(jobs, thread_name_prefix="walk") as pool, self._ending_all():
            while True:
                if self.worker.stop.is_set() and not stopping:
                    stopping = True
                    self.keeper.cancel_all()
                while not stopping and len(running) < jobs and self._may_start(len(running)) and (item := feed.take()):
                    future = pool.submit(self._one, item)
                    running[future] = item
                    future.add_done_callback(ended.put)
                if not running and (stopping or not feed.open):
                    break
                for future in _arrived(ended):
                    row, wrong = _row_and_faults(future, running.pop(future))
                    rows[row.task] = row
                    faults |= dict.fromkeys(wrong)
                    feed.ended(row, wrong)
        return [*rows.values(), *(row for row in feed.left() if row.task not in rows)], list(faults)

    @contextlib.contextmanager
    def _ending_all(self) -> Iterator[None]:
        """A bug in one walk ends the others too, instead of waiting for them."""
        try:
            yield
        except BaseException:
            self.keeper.cancel_all()
            raise

    def _may_start(self, running: int) -> bool:
        """False while one more agent would find no memory, or a model that refuses. One always may."""
        if not running:
            return True
        gateway = self.worker.tools.gateway
        return memory_for(1) and not any(gateway.blocked_s(kind, model) > 0 for kind, model in self.models)

    def _one(self, work: Work) -> Row:
        """Claim one task, walk it, release it. What another worker holds is left to it."""
        tools, cancel = self.worker.tools, threading.Event()
        with self._alone_if_suspect(work.task.id):
            run = TaskRun.load(tools.workspace, work.task.id)
            version = run.state.version if run and run.run == work.run else 0
            lease = self.leases.acquire(work.task.id, tools.now(), tools.config.lease_s, version)
            if lease is None:
                return _elsewhere(self, work)
            self.keeper.keep(lease, cancel)
            scratch = Path(tempfile.mkdtemp(dir=self.folder))
            try:
                return self._walked(work, lease, cancel, scratch)
            except (Interrupted, RefMoved) as stop:
                return self._cancelled(work, lease, scratch) or _standing(self, work, str(stop))
            finally:
                self.keeper.drop(lease)
                lease.release()
                shutil.rmtree(scratch, ignore_errors=True)

    @contextlib.contextmanager
    def _alone_if_suspect(self, task: str) -> Iterator[None]:
        """A task whose workers died twice goes beside no other suspect: only one of them can be blamed next time."""
        found = self.leases.find(task)
        if found is None or found.lease.crashes + 2 < POISON_AFTER:
            yield
            return
        while not self.suspects.acquire(timeout=_POLL_S):
            if self.worker.stop.is_set():
                raise Interrupted("stopped before it was begun")
        try:
            yield
        finally:
            self.suspects.release()

    def _cancelled(self, work: Work, lease: HeldLease, scratch: Path) -> Row | None:
        """The row of a task that was stopped because a person cancelled it; None when it was for another reason."""
        tools = self.worker.tools
        request = cancel_requested(tools.workspace.repo, work.task.id)
        run = TaskRun.load(tools.workspace, work.task.id, lease=lease, email=tools.config.email)
        if request is None or run is None or run.state.state in TERMINAL:
            return None
        walk = self._walk(work, run, scratch, threading.Event())
        try:
            walk.record("cancel", request.why or "cancelled", State.CANCELLED, reason=request.why)
            settle(walk)
        except RefMoved:
            return None
        withdraw(tools.workspace.repo, work.task.id)
        return row_of(run.state, work.task.title, work.task.path, walk.errors_so_far())

    def _walk(self, work: Work, run: TaskRun, scratch: Path, cancel: threading.Event) -> Walk:
        tools = self.worker.tools
        domain = load_domain(tools.workspace, run.state.base, work.task.domain or tools.config.domain)
        return Walk(tools, work.task, run, domain, run.state.agent, scratch, cancel)

    def _walked(self, work: Work, lease: HeldLease, cancel: threading.Event, scratch: Path) -> Row:
        if self.worker.stop.is_set():
            cancel.set()
        tools = self.worker.tools
        run = self._run(work, lease)
        task = work.task
        self.models.add((run.state.agent, task.model))
        walk = self._walk(work, run, scratch, cancel)
        budget = merged_budget(tools.config.task_budget, task.budget)
        spent = Spend(run.state.cost_usd, run.state.tokens.total, run.state.duration_s)
        tools.gateway.open_task(task.id, budget, spent)
        if lease.lease.crashes >= POISON_AFTER and run.state.state not in TERMINAL:
            walk.record(
                "settle", "given up", State.FAILED, reason=f"its worker died {lease.lease.crashes} times in a row on it"
            )
        walk_on(walk)
        return row_of(run.state, task.title, task.path, walk.errors_so_far())

    def _run(self, work: Work, lease: HeldLease) -> TaskRun:
        """The run to go on with; a new one is accepted first."""
        tools, config = self.worker.tools, self.worker.tools.config
        found = TaskRun.load(tools.workspace, work.task.id, lease=lease, email=config.email)
        if found is not None and found.run >= work.run:
            return found
        kind = meant(self.worker.agent or work.task.agent or config.agent, self.worker.env)
        served = meant(config.profile(kind).via, self.worker.env) if kind == COMMAND else kind
        tools.gateway.prepare(served, work.task.model)  # a kind that can't answer is refused before the branch exists
        if found is not None and not found.state.settled:
            self._closed(work, found)
        return accept(
            tools.workspace,
            work.task,
            work.source,
            config=config,
            kind=kind,
            run=work.run,
            base=base_of(tools.workspace, work.task, config),
            lease=lease,
            now=tools.now,
        )

    def _closed(self, work: Work, run: TaskRun) -> None:
        """End an unfinished run because a new one was asked for: the ledger keeps what it did."""
        walk = self._walk(work, run, self.folder, threading.Event())
        if run.state.state not in TERMINAL:
            walk.record("cancel", "a new run was asked for", State.CANCELLED, reason="a new run was asked for")
        settle(walk)


def _arrived(ended: "queue.SimpleQueue[Future[Row]]") -> Iterator[Future[Row]]:
    """Walks that are over; waits a moment for the first."""
    with contextlib.suppress(queue.Empty):
        yield ended.get(timeout=_POLL_S)
        while True:
            yield ended.get_nowait()


def _row_and_faults(future: Future[Row], item: Work) -> tuple[Row, Sequence[Fault]]:
    """The row of a walk; bad input of one task, or a world that is broken for it, is reported and stops no other."""
    faults: Sequence[Fault] = ()
    try:
        return future.result(), ()
    except Interrupted as stop:
        reason = str(stop)
    except InputError as error:
        faults, reason = error.faults, "; ".join(map(str, error.faults))
    except FrmoError as error:
        faults, reason = (Fault(item.task.path, str(error)),), str(error)
    return Row(item.task.id, item.task.title, item.task.path, State.PENDING.value, item.run, reason=reason), faults


def _elsewhere(desk: _Desk, work: Work) -> Row:
    found = desk.leases.find(work.task.id)
    holder = found.lease.holder if found else None
    where = f"{holder.worker} on {holder.host} (pid {holder.pid})" if holder else "another worker"
    return replace(_standing(desk, work, f"held by {where}"), elsewhere=True)


def _standing(desk: _Desk, work: Work, reason: str) -> Row:
    """Where the branch says the task stands, and why this worker left it there."""
    task = work.task
    run = TaskRun.load(desk.worker.tools.workspace, task.id)
    if run is None:
        return Row(task.id, task.title, task.path, State.PENDING.value, work.run, reason=reason)
    row = row_of(run.state, task.title, task.path, len(run.recorded.errors()))
    return row if run.state.settled else replace(row, reason=reason)
