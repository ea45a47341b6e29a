"""A replay: one task run fresh in one arm. The engine provides the function; what it did is read back from its commit."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from frmo.errors import GitError
from frmo.model.pair import Outcome, outcome_of
from frmo.model.state import TERMINAL
from frmo.model.verdict import Verdict
from frmo.store.places import find
from frmo.store.records import RunRecord
from frmo.store.workspace import Workspace


@dataclass(frozen=True)
class Replay:
    """What to run. `trial` and `arm` name the branch, `base` the commit it starts from, `protocols` the one it heeds.

    `number`: of the run on that branch, from 1; a higher one replaces what the branch holds.
    """

    trial: str
    arm: str
    task: str
    base: str
    protocols: str
    number: int = 1

    @property
    def ref(self) -> str:
        """Ref of the arm's branch for this task."""
        return f"refs/heads/frmo/trial/{self.trial}/{self.arm}/{self.task}"


@dataclass(frozen=True)
class Replayed:
    """How it ended: `tip` of a settled run; or `fault`: kind and detail of what voids it; or `held`: why it can't go on."""

    tip: str = ""
    fault: tuple[str, str] | None = None
    held: str = ""


RunReplay = Callable[[Replay, threading.Event], Replayed]


def outcome_at(workspace: Workspace, commit: str, task: str) -> Outcome | None:
    """What the run of `task` in `commit` did, as its validation record says; None when there is no settled run of it.

    A run whose agent gave nothing to validate has no such record: it passed no level. Raises GitError for a run whose
    state and validation record disagree.
    """
    repo = workspace.repo
    if repo.resolve(commit) is None:
        return None
    place = find(repo, commit, workspace.prefix, task)
    if place is None:
        return None
    record = RunRecord(repo, commit, place)
    state = record.state
    entry = repo.entry(state.protocol_commit, workspace.path("protocols"))
    if state.state not in TERMINAL or not state.settled or entry is None:
        return None
    validations = sorted(record.facts("validation").items())
    verdict = Verdict.from_data(validations[-1][1]["verdict"]) if validations else Verdict(False, 0, "")
    if (validations and verdict != state.verdict) or verdict.passed != (state.state == "complete"):
        raise GitError(f"{commit[:12]}: the state of {task} disagrees with its validation record.")
    prints = [row.fingerprint for row in record.errors() if row.decides]
    return outcome_of(state, commit, entry.oid, verdict, prints)
