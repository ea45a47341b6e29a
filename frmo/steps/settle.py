"""Settle: the last state on the branch, the run's record in the ledger. Each half may be found done already."""

from frmo.model.names import task_ref
from frmo.model.state import State
from frmo.steps.walk import Tools, Walk
from frmo.store.branch_gate import guard
from frmo.store.ledger import Ledger
from frmo.store.runs import TaskRun

_WORDS = {State.COMPLETE: "complete", State.FAILED: "failed", State.CANCELLED: "cancelled"}


def settle(walk: Walk) -> None:
    """Close the run: its last commit, then its graft into the ledger.

    GitError when its branch holds a commit that no agent may have made: then neither is made.
    """
    state = walk.state
    if not state.settled:
        guard(walk.tools.workspace, walk.run.recorded)
        label = f" ({state.verdict.label()})" if state.verdict and state.state is State.COMPLETE else ""
        reason = f": {state.reason}" if state.reason else ""
        walk.record("settle", f"{_WORDS[state.state]}{label}{reason}", state.state, settled=True)
    if walk.run.ref == task_ref(walk.run.task):  # an arm of a trial is kept by its trial, not as a run of the task
        graft(walk.tools, walk.run)


def graft(tools: Tools, run: TaskRun) -> None:
    """Bring a settled run into the ledger; nothing happens when it is there."""
    Ledger(tools.workspace, tools.config.email).graft(run, tools.now())
