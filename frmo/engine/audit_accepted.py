"""What history outside frmo's branches claims to have from frmo: accepted deliverables, won trials, authorship."""

from collections.abc import Iterator

from frmo.errors import FrmoError, GitError
from frmo.learn.verification import verify as verify_trial
from frmo.model.trailers import read_trailers
from frmo.repo.repository import CommitInfo
from frmo.store.deliverable import tree
from frmo.store.places import ERRORS, RUNS, find
from frmo.store.runs import TaskRun
from frmo.store.workspace import Workspace

_LEARNER = "frmo learner"


def claim_breaches(workspace: Workspace, commit: CommitInfo) -> list[str]:
    """What does not hold of a commit that is on no branch of frmo's; nothing for a person's own commit."""
    said = read_trailers(commit.message)
    found = list(_bookkeeping(workspace, commit))
    if "Frmo-Source" in said:
        found += _accepted(workspace, commit, said["Frmo-Source"][0])
    elif said.get("Frmo-Verdict") == ["win"]:
        found += [breach for item in verify_trial(workspace, commit.oid) for breach in item.breaches]
    elif commit.author.name.startswith("frmo ") and commit.author.name != _LEARNER:
        found.append(f"claims to be by {commit.author.name}, and is on no branch of a run")
    return found


def _bookkeeping(workspace: Workspace, commit: CommitInfo) -> Iterator[str]:
    """Records of runs live on frmo's own branches: nobody else brings any."""
    repo = workspace.repo
    for name in (RUNS, ERRORS):
        path = workspace.path(name)
        mine = repo.entry(commit.tree, path)
        if mine is not None and all(repo.entry(parent, path) != mine for parent in commit.parents):
            yield f"brings records of runs in {path}, which only frmo's own branches hold"


def _accepted(workspace: Workspace, commit: CommitInfo, source: str) -> list[str]:
    """The commit is its source's deliverable, merged with what its parent had."""
    repo, said = workspace.repo, read_trailers(commit.message)
    task, number = said.get("Frmo-Task", [""])[0], said.get("Frmo-Run", ["0"])[0]
    try:
        place = find(repo, source, workspace.prefix, task, int(number) if number.isdecimal() else 0)
        if place is None:
            raise GitError(f"{source[:12]} holds no run {number} of {task}")
        run = TaskRun(workspace, place, source)
        if len(commit.parents) != 1:
            return ["an accepted deliverable is one commit on one parent"]
        parent, expected = commit.parents[0], tree(run)
        if parent != run.state.base:
            expected = repo.merge_tree(run.state.base, parent, expected).tree or ""
    except FrmoError as fault:
        return [f"its source can't be verified: {fault}"]
    state = run.state
    found = [] if expected else ["conflicts with its parent, so it is not what was accepted"]
    if expected and expected != commit.tree:
        differing = ", ".join(repo.changed(expected, commit.tree)[:5])
        found.append(f"is not the deliverable of {source[:12]}: {differing} differ")
    status = f"{state.state}" + (f" ({state.verdict.label()})" if state.verdict else "")
    if said.get("Frmo-Status") != [status]:
        found.append(f"Frmo-Status is {said.get('Frmo-Status')}, its source is {status}")
    return found
