"""Cancelling a task: through the worker that holds it, or at once where nobody does."""

import time

from frmo.engine.opening import Surroundings
from frmo.engine.pending import Outlook, find_task
from frmo.errors import UsageFault
from frmo.gateway.kinds import meant
from frmo.model.config import Config
from frmo.model.state import TERMINAL, RunState, State, moved
from frmo.steps.accept import accept, base_of
from frmo.store.leases import HeldLease, Leases, holder_here
from frmo.store.ledger import Ledger
from frmo.store.requests import CancelRequest, request_cancel, withdraw
from frmo.store.runs import StepNote, TaskRun
from frmo.store.workspace import Workspace

PATIENCE_S = 15.0
_LOOK_S = 0.1


def cancel_task(
    workspace: Workspace, config: Config, name: str, why: str, around: Surroundings, *, worker: str
) -> RunState:
    """Cancel the task that `name` means; its last state. The file in the inbox stays where it is.

    Raises UsageFault when it is finished already, or its holder does not answer within `PATIENCE_S`.
    """
    task = find_task(workspace, name)
    run = TaskRun.load(workspace, task)
    if run is not None and run.state.state in TERMINAL:
        raise UsageFault(f"{task} is {run.state.state} already; there is nothing to cancel")
    leases = Leases(workspace.repo, holder_here(worker))
    until = time.monotonic() + PATIENCE_S
    request_cancel(workspace.repo, task, CancelRequest(why, around.now()))
    try:
        while True:
            run = TaskRun.load(workspace, task)
            if run is not None and run.state.settled:
                return run.state
            version = run.state.version if run else 0
            lease = leases.acquire(task, around.now(), config.lease_s, version)
            if lease is not None:
                try:
                    return _cancel(workspace, config, task, lease=lease, why=why, around=around)
                finally:
                    lease.release()
            if time.monotonic() > until:
                found = leases.find(task)
                who = f"{found.lease.holder.worker} on {found.lease.holder.host}" if found else "another worker"
                raise UsageFault(f"{task} is held by {who}, which does not answer; it is left to it")
            time.sleep(_LOOK_S)
    finally:
        withdraw(workspace.repo, task)


def _cancel(
    workspace: Workspace, config: Config, task: str, *, lease: HeldLease, why: str, around: Surroundings
) -> RunState:
    """Nobody works on it, and we hold its lease: its last two commits and the ledger's."""
    run = TaskRun.load(workspace, task, lease=lease, email=config.email)
    if run is None:
        run = _accepted(workspace, config, task, lease, around)
    if run.state.state not in TERMINAL:
        _record(run, "cancel", moved(run.state, State.CANCELLED, step=run.state.step + 1, reason=why), why, around)
    if not run.state.settled:
        state = moved(run.state, run.state.state, step=run.state.step + 1, settled=True)
        _record(run, "settle", state, f"{state.state}: {why}" if why else str(state.state), around)
    Ledger(workspace, config.email).graft(run, around.now())
    return run.state


def _accepted(workspace: Workspace, config: Config, task: str, lease: HeldLease, around: Surroundings) -> TaskRun:
    """The first commit of a task that was not begun, so that there is something to say it was cancelled."""
    work = next((item for item in Outlook(workspace).board([task]).work if item.task.id == task), None)
    if work is None:
        raise UsageFault(f"{task} is not in the inbox any more; there is nothing to cancel")
    return accept(
        workspace,
        work.task,
        work.source,
        config=config,
        kind=meant(work.task.agent or config.agent, around.env),
        run=work.run,
        base=base_of(workspace, work.task, config),
        lease=lease,
        now=around.now,
    )


def _record(run: TaskRun, step: str, state: RunState, what: str, around: Surroundings) -> None:
    run.record(StepNote(step, what or "cancelled", around.now()), state)
