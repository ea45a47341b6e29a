"""The deliverable of a run: what it changed without frmo's own files, shown, published for review, or accepted.

Accepting is two calls: `prepare` merges in memory, so that the merged tree can be validated; `land` makes one commit by
the person on the checked-out branch. The person's commit hooks don't run for it: the validators are its gate.
"""

import re
from dataclasses import dataclass

from frmo.errors import GitError, RefMoved, UsageFault
from frmo.model.names import review_ref
from frmo.model.state import State
from frmo.model.trailers import commit_message, read_trailers
from frmo.repo.repository import Change, Graft, RefUpdate, Signature, obstructed
from frmo.store.branch_gate import guard
from frmo.store.ledger import Ledger
from frmo.store.places import is_bookkeeping
from frmo.store.runs import TaskRun
from frmo.store.workspace import Workspace

_RECENT = 2000
_REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{40})", re.MULTILINE)


@dataclass(frozen=True)
class Landing:
    """An acceptance worked out but not made. `tree`: what the branch will hold; `moved`: HEAD is not the run's base.

    A tree with `moved` true was never validated: whoever lands it validates it first.
    """

    run: TaskRun
    branch: str
    head: str
    tree: str
    paths: tuple[str, ...]
    moved: bool


def paths(run: TaskRun) -> list[str]:
    """What the run changed of the project, sorted."""
    found = run.workspace.repo.changed(run.state.base, run.tip)
    return [path for path in found if not is_bookkeeping(run.place.prefix, path)]


def tree(run: TaskRun) -> str:
    """Oid of the base's tree with the deliverable laid over it."""
    repo = run.workspace.repo
    changes: dict[str, Change] = {}
    for path in paths(run):
        entry = repo.entry(run.tip, path)
        is_file = entry is not None and entry.mode != 0o040000  # a folder now: its files are paths of their own
        changes[path] = Graft(entry.oid, entry.mode) if entry is not None and is_file else None
    return repo.edit_tree(run.state.base, changes)


def diff_text(run: TaskRun, color: bool = False) -> str:
    """The deliverable as a unified diff against the base."""
    return run.workspace.repo.diff_text(run.state.base, tree(run), None, color)


def accepted_in(run: TaskRun) -> str | None:
    """Oid of the commit on the checked-out branch that brought this run's tip and was not reverted since, or None."""
    repo = run.workspace.repo
    head = repo.head()
    reverted: set[str] = set()
    for count, commit in enumerate(repo.history(head, first_parent=False, stop=run.state.base) if head else ()):
        if commit.oid not in reverted:
            reverted.update(_REVERTS.findall(commit.message))
            if run.tip in read_trailers(commit.message).get("Frmo-Source", ()):
                return commit.oid
        if count >= _RECENT:
            break
    return None


def prepare(workspace: Workspace, task: str, *, unfinished: bool = False) -> Landing:
    """Work out what accepting `task` would bring to the checked-out branch; nothing is touched.

    `unfinished`: take a run that isn't complete, too. UsageFault when there is nothing to accept, or it was accepted;
    GitError when it conflicts with what came to the branch meanwhile, files in the checkout are in the way, or its
    branch holds a commit that no agent may have made.
    """
    run = _loaded(workspace, task)
    if run.state.state != State.COMPLETE and not unfinished:
        raise UsageFault(f"{task} is {run.state.state}, not complete. `frmo diff {task}` shows what there is.")
    branch, head = workspace.repo.branch()
    name = branch.removeprefix("refs/heads/")
    if done := accepted_in(run):
        raise UsageFault(f"{task} was accepted already: commit {done[:12]} on {name}.")
    guard(workspace, run.recorded)
    if not paths(run):
        raise UsageFault(f"{task} changed nothing, so there is nothing to accept.")
    merged = _merged(run, head, name)
    changed = tuple(workspace.repo.changed(head, merged))
    if not changed:
        raise UsageFault(f"Everything that {task} changed is on {name} already.")
    if blocked := workspace.repo.obstacles(merged):
        raise GitError(obstructed(blocked))
    return Landing(run, branch, head, merged, changed, moved=head != run.state.base)


def land(landing: Landing, now: float, *, person: tuple[str, str] | None = None) -> str:
    """Make the commit and bring branch, index and files of the checkout to it; its oid.

    `person`: name and e-mail, default git's. RefMoved when the branch moved since `prepare`: prepare anew.
    """
    run, repo = landing.run, landing.run.workspace.repo
    who = _signature(run.workspace, now, person)
    if repo.branch() != (landing.branch, landing.head):
        raise RefMoved(f"{landing.branch.removeprefix('refs/heads/')} has moved. Accept again.")
    oid = repo.commit(landing.tree, [landing.head], _message(run), who)
    repo.advance(oid, f"frmo: accept {run.task}")
    return oid


def publish(workspace: Workspace, task: str, now: float, *, person: tuple[str, str] | None = None) -> str:
    """Make or move the branch `frmo/review/<id>`: the deliverable alone, one commit on the base. Its oid."""
    run = _loaded(workspace, task)
    guard(workspace, run.recorded)
    if not paths(run):
        raise UsageFault(f"{task} changed nothing, so there is nothing to review.")
    repo, ref = workspace.repo, review_ref(task)
    old = repo.ref(ref)
    if old is not None and run.tip in read_trailers(repo.commit_info(old).message).get("Frmo-Source", ()):
        return old
    oid = repo.commit(tree(run), [run.state.base], _message(run), _signature(workspace, now, person))
    if not repo.swap([RefUpdate(ref, oid, old)], "frmo: publish"):
        raise RefMoved(f"{ref} was moved by somebody else just now.")
    return oid


def decide(workspace: Workspace, task: str, decision: str, *, why: str, now: float, by: str = "") -> str:
    """Remember in the ledger that a person `accepted` or `rejected` the task's latest run. The learner reads it."""
    run = _loaded(workspace, task)
    who = by or " ".join(workspace.repo.identity() or ())
    return Ledger(workspace, run.email).review(task, run.run, decision, why=why, by=who, now=now)


def _loaded(workspace: Workspace, task: str) -> TaskRun:
    run = TaskRun.load(workspace, task)
    if run is None:
        raise UsageFault(f"There is no branch frmo/task/{task}. `frmo status` lists the tasks there are.")
    return run


def _merged(run: TaskRun, head: str, branch: str) -> str:
    """Tree of `head` with the deliverable merged in."""
    repo, ours = run.workspace.repo, tree(run)
    if head == run.state.base:
        return ours
    merge = repo.merge_tree(run.state.base, head, ours)
    if merge.tree is None:
        files = ", ".join(merge.conflicts)
        raise GitError(
            f"{run.task} conflicts with what came to {branch} meanwhile: {files}. `frmo run --again {run.task}` redoes it there."
        )
    return merge.tree


def _message(run: TaskRun) -> str:
    """Subject from the task's title, trailers that lead back to the run."""
    state = run.state
    verdict = f" ({state.verdict.label()})" if state.verdict else ""
    trailers = [
        ("Frmo-Task", run.task),
        ("Frmo-Run", str(run.run)),
        ("Frmo-Source", run.tip),
        ("Frmo-Status", f"{state.state}{verdict}"),
        ("Frmo-Agent", state.agent),
        *(("Frmo-Protocol", name) for name in _protocols(run)),
    ]
    return commit_message("accept", run.recorded.accepted().title, trailers)


def _protocols(run: TaskRun) -> list[str]:
    """Protocol versions that the run's steps name, each once, in the order of the steps."""
    steps = run.recorded.facts("steps")
    return list(dict.fromkeys(steps[name]["protocol"] for name in sorted(steps) if steps[name].get("protocol")))


def _signature(workspace: Workspace, now: float, person: tuple[str, str] | None) -> Signature:
    who = person or workspace.repo.identity()
    if who is None:
        raise GitError("git does not know who you are: `git config --global user.name …` and `user.email …` first.")
    return Signature(*who, now)
