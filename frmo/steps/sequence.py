"""The order of the steps: which one a state calls for, until the run is settled or has to wait."""

from collections.abc import Callable, Mapping

from frmo.errors import BudgetExceeded, CompletionFailed, InputError, SwitchedOff
from frmo.model.state import TERMINAL, State
from frmo.steps.analyze import analyze
from frmo.steps.execute import execute
from frmo.steps.plan import plan
from frmo.steps.settle import settle
from frmo.steps.validate import validate
from frmo.steps.walk import Walk
from frmo.steps.work import work


def _think(walk: Walk) -> None:
    analyze(walk)
    plan(walk)


def _execute(walk: Walk) -> None:
    if walk.with_tools:
        work(walk)
    else:
        execute(walk)


STEPS: Mapping[State, Callable[[Walk], None]] = {
    State.PENDING: _think,
    State.ANALYZING: _think,
    State.EXECUTING: _execute,
    State.VALIDATING: validate,
}


def walk_on(walk: Walk) -> State:
    """Take the run from wherever its branch stands to its end; the state it ends in.

    A budget, provider or kill switch that gives out leaves it `waiting`; an environment that is broken leaves it `failed`, saying so.
    Raises LeaseLost, RefMoved and Interrupted: then somebody else, or a later run, goes on from the last commit.
    """
    _wake(walk)
    while walk.state.state not in TERMINAL:
        try:
            STEPS[walk.state.state](walk)
        except BudgetExceeded as stop:
            return _wait(walk, f"budget ({stop.scope}): {stop}")
        except SwitchedOff as stop:
            return _wait(walk, f"switch: {stop}")
        except CompletionFailed as stop:
            return _wait(walk, f"provider ({stop.code}): {stop}")
        except InputError as fault:
            walk.record("validate", "the input or environment is broken", State.FAILED, reason=f"input: {fault}"[:2000])
    settle(walk)
    return walk.state.state


def _wake(walk: Walk) -> None:
    """A waiting run goes on where it stopped."""
    if walk.state.state is State.WAITING and walk.state.resume:
        to = walk.state.resume
        walk.record("resume", f"goes on: was waiting for {walk.state.reason}", to, reason="", resume=None)


def _wait(walk: Walk, reason: str) -> State:
    state = walk.state.state
    walk.record("wait", reason, State.WAITING, reason=reason[:2000], resume=state)
    return State.WAITING
