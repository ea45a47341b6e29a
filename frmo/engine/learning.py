"""Learning as a worker does it: one learner at a time, tasks run fresh on branches of their own, learning's own budget."""

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from frmo.engine.keeper import Keeper
from frmo.engine.opening import Surroundings, open_tools
from frmo.errors import GitError, UsageFault
from frmo.gateway.caller import Spend
from frmo.gateway.kinds import meant
from frmo.learn.enrolment import Terms
from frmo.learn.replay import Replay, Replayed
from frmo.learn.round import Lab
from frmo.learn.running import Track
from frmo.learn.scribe import Scribe
from frmo.learn.tutor import Tutor
from frmo.model.config import Config, merged_budget
from frmo.model.state import State
from frmo.model.task import Budget, Task
from frmo.steps.accept import accept
from frmo.steps.sequence import walk_on
from frmo.steps.settle import settle
from frmo.steps.walk import Tools, Walk
from frmo.store.domains import load_domain
from frmo.store.leases import HeldLease, Leases, holder_here
from frmo.store.ledger import Ledger
from frmo.store.protocols import load_protocol
from frmo.store.runs import TaskRun
from frmo.store.workspace import Workspace

LEARNER = "learning-00000000"  # the lease that one learner holds
POISON_AFTER = 3


@dataclass(frozen=True)
class Learning:
    """What the command line asks of learning. `agent`: kind, over the config's; `rules_only`: ask no model for insights."""

    agent: str | None = None
    jobs: int | None = None
    rules_only: bool = False
    say: Callable[[str], None] = lambda _text: None


@contextmanager
def open_lab(
    workspace: Workspace, config: Config, around: Surroundings, wish: Learning, *, name: str, stop: threading.Event
) -> Iterator[Lab]:
    """A laboratory with a sandbox, a gateway on learning's budget, and the learner's lease.

    Raises UsageFault when another learner is at work, SandboxUnavailable where none may run.
    """
    own = config.learning_budget
    tools = open_tools(workspace, replace(config, run_budget=own, day_budget=own), around)
    kind = meant(wish.agent or config.agent, around.env)
    with (
        tools.gateway,
        Keeper(workspace.repo, around.now, config.lease_s) as keeper,
        tempfile.TemporaryDirectory(prefix="frmo-") as folder,
    ):
        lease = _claimed(workspace, config, around, name)
        keeper.keep(lease, stop)
        try:
            replayer = Replayer(replace(tools, fresh=True), kind, lease, Path(folder))
            yield _lab(replayer, config, wish, stop)
        finally:
            keeper.drop(lease)
            lease.release()


def _claimed(workspace: Workspace, config: Config, around: Surroundings, name: str) -> HeldLease:
    """The learner's lease. Its version is the ledger's length, so that a learner that dies on one spot is told from others."""
    leases = Leases(workspace.repo, holder_here(name))
    tip = Ledger(workspace).tip()
    version = sum(1 for _ in workspace.repo.history(tip)) if tip else 0
    lease = leases.acquire(LEARNER, around.now(), config.lease_s, version)
    if lease is None:
        found = leases.find(LEARNER)
        who = f"{found.lease.holder.worker} on {found.lease.holder.host}" if found else "another process"
        raise UsageFault(f"{who} is learning in this repository already; wait for it to end")
    return lease


def _lab(replayer: "Replayer", config: Config, wish: Learning, stop: threading.Event) -> Lab:
    tools, kind = replayer.tools, replayer.kind
    profile = config.profile(kind).profile
    track = Track(
        scribe=Scribe(tools.workspace, config.email, tools.now),
        replay=replayer,
        stop=stop,
        jobs=wish.jobs or config.jobs,
        day_usd=config.learning_budget.usd,
        say=wish.say,
    )
    model = f"{kind} {config.profile(kind).model or ''}".strip()
    limits = {name: value for name, value in vars(_once(config)).items() if value is not None}
    terms = Terms(model, profile, {**limits, "sandbox": tools.sandbox.level})
    head = tools.workspace.repo.head()
    if wish.rules_only or head is None:
        return Lab(track, terms)
    learner = load_protocol(tools.workspace, head, "learner", profile)
    tutor = Tutor(tools.gateway, tools.sandbox, tools.python, kind, learner, stop)
    return Lab(track, terms, tutor.draft)


def _once(config: Config) -> Budget:
    return replace(config.task_budget, attempts=1)


class Replayer:
    """Runs one task fresh in one arm, on the arm's own branch, one attempt, under the learner's lease."""

    def __init__(self, tools: Tools, kind: str, lease: HeldLease, folder: Path) -> None:
        self.tools = tools
        self.kind = kind
        self._lease = lease
        self._folder = folder

    def __call__(self, replay: Replay, cancel: threading.Event) -> Replayed:
        """Walk the run to its end, from wherever an earlier learner left it. Raises Interrupted, LeaseLost as they come."""
        record = Ledger(self.tools.workspace).find(replay.task)
        if record is None:
            raise GitError(f"{replay.task} is not on the ledger, so it can't be run again.")
        task, source = record.accepted(), record.raw("task.yaml") or b""
        task = replace(task, budget=replace(task.budget, attempts=1))
        found = self._found(replay)
        if found is not None and not found.state.settled and self._lease.lease.crashes >= POISON_AFTER:
            return Replayed(fault=("worker", f"its worker died {self._lease.lease.crashes} times on it"))
        run = found or self._accepted(replay, task, source)
        scratch = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            return self._walked(run, task, scratch, cancel)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _found(self, replay: Replay) -> TaskRun | None:
        """The run on the arm's branch, where it is the one that is asked for."""
        config = self.tools.config
        found = TaskRun.load(self.tools.workspace, replay.task, lease=self._lease, email=config.email, ref=replay.ref)
        return found if found is not None and found.run == replay.number else None

    def _accepted(self, replay: Replay, task: Task, source: bytes) -> TaskRun:
        return accept(
            self.tools.workspace,
            task,
            source,
            config=self.tools.config,
            kind=self.kind,
            run=replay.number,
            base=replay.base,
            lease=self._lease,
            now=self.tools.now,
            protocols=replay.protocols,
            ref=replay.ref,
        )

    def _walked(self, run: TaskRun, task: Task, scratch: Path, cancel: threading.Event) -> Replayed:
        if run.state.settled:
            return Replayed(tip=run.tip)
        tools = self.tools
        domain = load_domain(tools.workspace, run.state.base, task.domain or tools.config.domain)
        walk = Walk(tools, task, run, domain, run.state.agent, scratch, cancel)
        self._open_account(task, run)
        walk_on(walk)
        reason = run.state.reason
        if run.state.state is State.WAITING and reason.startswith("budget (task)"):
            # The agent's own limit, the same in both arms: a failure, not a fault.
            walk.record("settle", "its budget is used up", State.FAILED, reason=reason)
            settle(walk)
        if run.state.settled:
            return Replayed(tip=run.tip)
        if reason.startswith("provider ("):
            return Replayed(fault=("provider", reason))
        return Replayed(held=reason)

    def _open_account(self, task: Task, run: TaskRun) -> None:
        """Each arm may spend what the task may: what other arms of the same task spent is added to the limit."""
        gateway = self.tools.gateway
        limit = merged_budget(self.tools.config.task_budget, task.budget)
        gateway.open_task(task.id, limit)
        before = gateway.spent(task.id)
        own = Spend(run.state.cost_usd, run.state.tokens.total, run.state.duration_s)
        gateway.open_task(
            task.id,
            replace(
                limit,
                usd=None if limit.usd is None else max(0.0, limit.usd + before.usd - own.usd),
                tokens=None if limit.tokens is None else max(1, limit.tokens + before.tokens - own.tokens),
                minutes=None if limit.minutes is None else limit.minutes + (before.seconds - own.seconds) / 60,
            ),
        )
