"""The gate every commit of an agent branch goes through: at settle, at accept, and where branches are pushed to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from frmo.errors import GitError
from frmo.model.branch_gate import Ground, edit_fault, folder_fault
from frmo.model.protected import protected_patterns
from frmo.repo.repository import CommitInfo, Edit, Repository
from frmo.store.config import load_config
from frmo.store.places import ERRORS, RUNS, RunPlace
from frmo.store.records import RunRecord
from frmo.store.workspace import Workspace


@dataclass(frozen=True)
class Refusal:
    """What a commit holds that no agent may commit. `path` '': it is about the commit itself."""

    commit: str
    path: str
    why: str

    def __str__(self) -> str:
        """As people read it."""
        return (
            f"commit {self.commit[:12]}: {self.path!r} {self.why}"
            if self.path
            else f"commit {self.commit[:12]} {self.why}"
        )


def guard(workspace: Workspace, record: RunRecord) -> None:
    """Raise GitError unless every commit of the run's branch is one that an agent may have made."""
    if found := refusals(workspace, record.at, record.state.base, ground_of(workspace, record)):
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        raise GitError(f"The branch of {record.task} holds what no agent may commit: {found[0]}{more}.")


def ground_of(workspace: Workspace, record: RunRecord) -> Ground:
    """What the run may not touch: protected by its base's configuration, or by being the tests that judge it."""
    config, _ = load_config(workspace, record.state.base)
    return ground(workspace.prefix, record.place, (*config.protected, *record.accepted().validation.tests))


def ground(prefix: str, place: RunPlace | None, more: Sequence[str]) -> Ground:
    """The ground of a run at `place`; of a branch that is nobody's run (`place` None)."""
    own = (f"{place.facts}/", f"{place.errors}/") if place else ()
    return Ground(own, (f"{prefix}{RUNS}/", f"{prefix}{ERRORS}/"), protected_patterns(prefix, more))


def refusals(workspace: Workspace, tip: str, base: str, ground: Ground) -> list[Refusal]:
    """What breaks the rules on the branch from `base` to `tip`, oldest commit first: each one, its merges and orphans."""
    found: list[Refusal] = []
    for commit in reversed(list(_chain(workspace.repo, tip, base))):
        found += commit_refusals(workspace.repo, commit, base, ground)
    return found


def commit_refusals(repo: Repository, commit: CommitInfo, base: str, ground: Ground) -> list[Refusal]:
    """What breaks the rules in one commit of a branch that began at `base`."""
    if len(commit.parents) != 1:
        what = (
            f"is a merge of {len(commit.parents)} lines"
            if commit.parents
            else f"does not descend from the base {base[:12]}"
        )
        return [Refusal(commit.oid, "", what)]
    edits = repo.edits(commit.parents[0], commit.tree)
    faults = ((item.path, edit_fault(item.path, item.before, item.after, ground)) for item in edits)
    found = [Refusal(commit.oid, path, why) for path, why in faults if why]
    return found or list(_folders(repo, commit, edits))


def _chain(repo: Repository, tip: str, base: str) -> Iterator[CommitInfo]:
    """Commits from `tip` back to `base`, or to the first that can't lead there."""
    for commit in repo.history(tip, stop=base):
        yield commit
        if len(commit.parents) != 1:
            return


def _folders(repo: Repository, commit: CommitInfo, edits: Sequence[Edit]) -> Iterator[Refusal]:
    """Faults of the folders in which something is: what is new in them must be no twin of what is there."""
    new: dict[str, set[str]] = {}
    for path in (item.path for item in edits if item.after is not None):
        parts = path.split("/")
        for count, name in enumerate(parts):
            names = new.setdefault("/".join(parts[:count]), set())
            if repo.entry(commit.parents[0], "/".join(parts[: count + 1])) is None:
                names.add(name)
    for folder, names in new.items():
        if why := folder_fault(repo.rows(commit.tree, folder), names):
            path = "/".join(filter(None, (folder, min(names, default=""))))
            yield Refusal(commit.oid, path, why)
