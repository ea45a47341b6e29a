"""What a commit of the ledger must be: added to, never rewritten, and each run as its branch has it."""

from collections.abc import Iterator
from dataclasses import dataclass

from frmo.model.trailers import read_trailers
from frmo.repo.repository import CommitInfo, Edit, Repository
from frmo.store.places import ERRORS, RUNS, RunPlace, find
from frmo.store.workspace import Workspace

_PLACES = (f"{RUNS}/", f"{ERRORS}/", "state/register/", "state/trials/", "state/reruns/")
_REWRITTEN = ("review.json", "trial.yaml")


@dataclass(frozen=True)
class Graft:
    """A run that the ledger took from the branch that ended in `tip`; `commit`: of the ledger."""

    commit: str
    tip: str
    place: RunPlace


def ledger_faults(workspace: Workspace, tip: str, stop: str | None = None) -> Iterator[tuple[str, str]]:
    """(commit, what is wrong) along the ledger that ends in `tip`, oldest first; `stop` and what is before it left out."""
    for commit in reversed(list(workspace.repo.history(tip, stop=stop))):
        for why in commit_faults(workspace, commit):
            yield commit.oid, why


def commit_faults(workspace: Workspace, commit: CommitInfo) -> list[str]:
    """What is wrong with one commit of the ledger, by its parents and trees alone."""
    repo = workspace.repo
    if not commit.parents:
        empty = not repo.rows(commit.tree) and commit.author.when == 0
        return [] if empty else ["is no beginning of a ledger"]
    edits = repo.edits(commit.parents[0], commit.tree)
    found = [f"{item.path} {why}" for item in edits if (why := _edit_fault(item, workspace.prefix))]
    found += [] if commit.author.name.startswith("frmo ") else [f"is by {commit.author.name}, not by frmo"]
    return found or list(_origin(workspace, commit, edits))


def graft_of(workspace: Workspace, commit: CommitInfo) -> Graft | None:
    """The run that a commit of the ledger says it took, or None: it says something else."""
    said = read_trailers(commit.message)
    if len(commit.parents) != 2 or said.get("Frmo-Step") != ["settle"]:
        return None
    task, run = said.get("Frmo-Task", [""])[0], said.get("Frmo-Run", [""])[0]
    place = find(workspace.repo, commit.oid, workspace.prefix, task, int(run)) if run.isdecimal() else None
    return Graft(commit.oid, commit.parents[1], place) if place else None


def _edit_fault(item: Edit, prefix: str) -> str | None:
    path = item.path.removeprefix(prefix)
    if not item.path.startswith(prefix) or not path.startswith(_PLACES):
        return "has no place in the ledger"
    if item.after != 0o100644:
        return "was removed" if item.after is None else "is no plain file"
    if item.before is not None and path.rsplit("/", 1)[1] not in _REWRITTEN:
        return "was rewritten"
    return None


def _origin(workspace: Workspace, commit: CommitInfo, edits: list[Edit]) -> Iterator[str]:
    """Records of runs come from a second parent as they are; a person's review is the one thing added beside them."""
    repo, kept = workspace.repo, (f"{workspace.prefix}{RUNS}/", f"{workspace.prefix}{ERRORS}/")
    others = commit.parents[1:]
    for path in (item.path for item in edits if item.path.startswith(kept)):
        review = path.endswith("/review.json") and not others
        mine = repo.entry(commit.tree, path)
        if not review and not any(repo.entry(other, path) == mine for other in others):
            yield f"{path} is not what the branch of the run has"
    yield from _whole(workspace, commit, repo)


def _whole(workspace: Workspace, commit: CommitInfo, repo: Repository) -> Iterator[str]:
    said = read_trailers(commit.message).get("Frmo-Step")
    graft = graft_of(workspace, commit)
    if said == ["settle"] and graft is None:
        yield "says that a run settled, and brings none"
    if graft is not None:
        for folder in (graft.place.facts, graft.place.errors):
            if _oid(repo, commit.oid, folder) != _oid(repo, graft.tip, folder):
                yield f"{folder} is not what the branch of the run has"


def _oid(repo: Repository, commit: str, path: str) -> str | None:
    entry = repo.entry(commit, path)
    return entry.oid if entry else None
