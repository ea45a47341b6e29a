"""What a branch may take in: protocols that frmo changed only with proof; a person's own change always, and named."""

from frmo.errors import Fault, FrmoError
from frmo.learn.candidate import changes_of
from frmo.learn.history import Past, pasts
from frmo.learn.verification import verify
from frmo.model.registration import Change
from frmo.model.trailers import read_trailers
from frmo.repo.repository import CommitInfo
from frmo.store.workspace import Workspace

LEARNER = "frmo learner"


def passage(workspace: Workspace, old: str, new: str) -> tuple[list[Fault], tuple[str, ...]]:
    """Faults that refuse the move of a branch from commit `old` to `new`, and notes on what is unmeasured.

    Every commit on the first-parent line is looked at, not only the last. Going back takes nothing in.
    """
    base = workspace.repo.merge_base(old, new)
    if base == new:
        return [], ()
    faults: list[Fault] = []
    notes: list[str] = []
    past = pasts(workspace)
    for commit in workspace.repo.history(new, stop=base):
        parent = commit.parents[0] if commit.parents else None
        changes = changes_of(workspace, parent, commit.oid) if parent else ()
        if changes:
            fault = _fault(workspace, commit, changes, past)
            faults += [fault] if fault else []
            own = [change.path for change in changes if not fault and not _won(change, past)]
            notes += [
                f"unmeasured: {commit.oid[:10]} changes {path} without a trial" for path in own if not _by_frmo(commit)
            ]
    return faults, tuple(notes)


def _fault(workspace: Workspace, commit: CommitInfo, changes: tuple[Change, ...], past: list[Past]) -> Fault | None:
    """Why a commit that frmo made, or that claims a trial, may not pass."""
    trailers = read_trailers(commit.message)
    verdict = trailers.get("Frmo-Verdict", [""])[0]
    if verdict == "win":
        return _unproved(workspace, commit)
    if not _by_frmo(commit) or verdict == "reverted" or all(_won(change, past) for change in changes):
        return None
    what = f"{commit.oid[:10]} is a proposal of frmo that no trial has won"
    return Fault(changes[0].path, what, hint="take it as your own with `git merge --no-ff`: it will show as unmeasured")


def _unproved(workspace: Workspace, commit: CommitInfo) -> Fault | None:
    try:
        breaches = [breach for item in verify(workspace, commit.oid) for breach in item.breaches]
    except FrmoError as error:
        breaches = [str(error)]
    if not breaches:
        return None
    return Fault(
        commit.oid[:10],
        f"claims a won trial and is not proved: {breaches[0]}",
        hint=f"frmo trial verify {commit.oid[:10]}",
    )


def _won(change: Change, past: list[Past]) -> bool:
    return any(one.won and change in one.registration.changes for one in past)


def _by_frmo(commit: CommitInfo) -> bool:
    return commit.author.name == LEARNER
