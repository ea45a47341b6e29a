"""The worker: claims tasks, walks them side by side in threads, hands back what it must, and says where all stand."""

import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

from frmo.engine.keeper import Keeper
from frmo.engine.pending import Board, Work, dependencies
from frmo.engine.result import Row, Summary, in_order, row_of
from frmo.errors import Fault, InputError, Interrupted, RefMoved
from frmo.gateway.caller import Spend
from frmo.gateway.kinds import meant
from frmo.model.config import merged_budget
from frmo.model.state import TERMINAL, State
from frmo.steps.accept import accept, base_of
from frmo.steps.sequence import walk_on
from frmo.steps.walk import Tools, Walk
from frmo.store.domains import load_domain
from frmo.store.leases import HeldLease, Leases, holder_here
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
        with tempfile.TemporaryDirectory(prefix="frmo-", dir=self.scratch) as folder:
            leases = Leases(self.tools.workspace.repo, holder_here(self.name))
            with Keeper(self.tools.now, self.tools.config.lease_s) as keeper:
                desk = _Desk(self, leases, keeper, Path(folder))
                rows, faults = desk.work_through(board, needs, jobs)
        return Summary(in_order([*rows, *board.chosen]), (*board.faults, *faults), self.stop.is_set())


@dataclass(frozen=True)
class _Desk:
    """The worker with what lives only as long as one batch."""

    worker: Worker
    leases: Leases
    keeper: Keeper
    folder: Path

    def work_through(self, board: Board, needs: Mapping[str, set[str]], jobs: int) -> tuple[list[Row], list[Fault]]:
        """Start what is ready in order, as places come free; give up on what waits for something that failed."""
        left = list(board.work)
        states = board.states()
        running: dict[Future[Row], Work] = {}
        rows: list[Row] = []
        faults: list[Fault] = []
        stopping = False
        with ThreadPoolExecutor(jobs, thread_name_prefix="walk") as pool:
            while left or running:
                if self.worker.stop.is_set() and not stopping:
                    stopping = True
                    self.keeper.cancel_all()
                while not stopping and len(running) < jobs and (item := _ready(left, needs, states)):
                    left.remove(item)
                    running[pool.submit(self._one, item)] = item
                if not running:
                    rows += [_blocked(item, needs, states) for item in left]
                    break
                ended, _ = wait(running, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                for future in ended:
                    item = running.pop(future)
                    row = _row_or_fault(future, item, faults)
                    rows.append(row)
                    states[row.task] = row.state
        return rows, faults

    def _one(self, work: Work) -> Row:
        """Claim one task, walk it, release it. What another worker holds is left to it."""
        tools, cancel = self.worker.tools, threading.Event()
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
            return _standing(self, work, str(stop))
        finally:
            self.keeper.drop(lease)
            lease.release()
            shutil.rmtree(scratch, ignore_errors=True)

    def _walked(self, work: Work, lease: HeldLease, cancel: threading.Event, scratch: Path) -> Row:
        if self.worker.stop.is_set():
            cancel.set()
        tools = self.worker.tools
        run = self._run(work, lease)
        task = work.task
        kind = run.state.agent
        domain = load_domain(tools.workspace, run.state.base, task.domain or tools.config.domain)
        walk = Walk(tools, task, run, domain, kind, scratch, cancel)
        budget = merged_budget(tools.config.task_budget, task.budget)
        spent = Spend(run.state.cost_usd, run.state.tokens.total, run.state.duration_s)
        tools.gateway.open_task(task.id, budget, spent)
        if lease.lease.crashes >= POISON_AFTER and run.state.state not in TERMINAL:
            walk.record("settle", "given up", State.FAILED, reason=f"its worker died {lease.lease.crashes} times on it")
        walk_on(walk)
        return row_of(run.state, task.title, task.path, walk.errors_so_far())

    def _run(self, work: Work, lease: HeldLease) -> TaskRun:
        """The run to go on with; a new one is accepted first."""
        tools, config = self.worker.tools, self.worker.tools.config
        found = TaskRun.load(tools.workspace, work.task.id, lease=lease, email=config.email)
        if found is not None and found.run >= work.run:
            return found
        kind = meant(self.worker.agent or work.task.agent or config.agent, self.worker.env)
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


def _ready(left: Sequence[Work], needs: Mapping[str, set[str]], states: Mapping[str, str]) -> Work | None:
    """The first task all of whose dependencies are complete."""
    for item in left:
        if all(states.get(other) == State.COMPLETE for other in needs[item.task.id]):
            return item
    return None


def _blocked(item: Work, needs: Mapping[str, set[str]], states: Mapping[str, str]) -> Row:
    missing = sorted(other for other in needs[item.task.id] if states.get(other) != State.COMPLETE)
    reason = f"comes after {', '.join(missing)}, not complete" if missing else "not begun"
    return Row(item.task.id, item.task.title, item.task.path, State.PENDING.value, item.run, reason=reason)


def _row_or_fault(future: Future[Row], item: Work, faults: list[Fault]) -> Row:
    """The row of a walk; bad input of one task is reported and stops no other."""
    try:
        return future.result()
    except InputError as error:
        faults += error.faults
        reason = "; ".join(map(str, error.faults))
        return Row(item.task.id, item.task.title, item.task.path, State.PENDING.value, item.run, reason=reason)


def _elsewhere(desk: _Desk, work: Work) -> Row:
    found = desk.leases.find(work.task.id)
    holder = found.lease.holder if found else None
    where = f"{holder.worker} on {holder.host} (pid {holder.pid})" if holder else "another worker"
    return _standing(desk, work, f"held by {where}")


def _standing(desk: _Desk, work: Work, reason: str) -> Row:
    """Where the branch says the task stands, and why this worker left it there."""
    task = work.task
    run = TaskRun.load(desk.worker.tools.workspace, task.id)
    if run is None:
        return Row(task.id, task.title, task.path, State.PENDING.value, work.run, reason=reason)
    row = row_of(run.state, task.title, task.path, len(run.recorded.errors()))
    return row if run.state.settled else replace(row, reason=reason)
