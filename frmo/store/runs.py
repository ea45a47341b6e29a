"""Task branches: one run of a task, one commit per step, each made by compare-and-swap under the lease."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from frmo.errors import GitError, LeaseLost, RefMoved
from frmo.files.json_file import canonical
from frmo.model.config import Config
from frmo.model.failure import ErrorRecord
from frmo.model.names import ID, archive_ref, task_ref
from frmo.model.state import RunState, Tokens
from frmo.model.task import Task
from frmo.model.trailers import commit_message, step_trailers
from frmo.repo.repository import Change, FileChange, RefUpdate, Signature
from frmo.store.leases import HeldLease
from frmo.store.places import RunPlace, find, is_bookkeeping, utc_date
from frmo.store.records import RunRecord
from frmo.store.workspace import Workspace

_BRANCHES = task_ref("")


@dataclass(frozen=True)
class StepNote:
    """What one step says of itself: to people in the commit message, to programs in `steps/<nn>-<step>.json`.

    `now`: Unix seconds. `role`: who did it (the commit's author is `frmo <role>`). `attempt` None: as the new state has
    it; a step that opens the next attempt names its own. `tokens` None: no model was asked. `details`: more, JSON-able.
    """

    step: str
    what: str
    now: float
    role: str = "worker"
    agent: str = ""
    protocol: str = ""
    attempt: int | None = None
    tokens: Tokens | None = None
    cost_usd: float = 0.0
    duration_s: float = 0.0
    body: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class TaskRun:
    """The run of a task that its branch holds. `tip`: the commit we last read or made; `state`: as that commit has it.

    One worker writes to it at a time: the holder of the lease. Without a lease (`lease` None) only the branch is
    compared, which is enough for what a person does to a task nobody is working on. `ref`: its branch, where that is not
    the task's own: an arm of a trial.
    """

    def __init__(
        self,
        workspace: Workspace,
        place: RunPlace,
        tip: str,
        *,
        lease: HeldLease | None = None,
        email: str = Config().email,
        ref: str | None = None,
    ) -> None:
        self.workspace = workspace
        self.place = place
        self.tip = tip
        self.lease = lease
        self.email = email
        self.ref = ref or task_ref(place.task)
        self.state: RunState = self.recorded.state

    @property
    def recorded(self) -> RunRecord:
        """Everything the tip knows about this run."""
        return RunRecord(self.workspace.repo, self.tip, self.place)

    @property
    def task(self) -> str:
        """Id of the task."""
        return self.place.task

    @property
    def run(self) -> int:
        """Number of the run, from 1."""
        return self.place.run

    @classmethod
    def accept(
        cls,
        workspace: Workspace,
        task: Task,
        state: RunState,
        note: StepNote,
        *,
        source: bytes,
        facts: Mapping[str, Any] | None = None,
        lease: HeldLease | None = None,
        email: str = Config().email,
        ref: str | None = None,
    ) -> "TaskRun":
        """The first commit of run `state.run`, on top of `state.base`. `source`: the task file, byte for byte.

        The branch of an earlier run is archived first. Raises RefMoved when this run was begun already, LeaseLost.
        """
        place = RunPlace(workspace.prefix, utc_date(note.now), task.id, state.run)
        branch = ref or task_ref(task.id)
        before = workspace.repo.ref(branch)
        if before is not None and ref is None:
            _archive(workspace, task.id, before, state.run)
        note = replace(note, details={**note.details, "path": task.path, "content": task.content})
        changes = _facts(place, state, note, lease, {**(facts or {}), "task.yaml": source})
        oid = _commit(workspace, state.base, changes, note, state, email=email)
        _swap(workspace, RefUpdate(branch, oid, before), lease, task.id)
        return cls(workspace, place, oid, lease=lease, email=email, ref=ref)

    @classmethod
    def load(
        cls,
        workspace: Workspace,
        task: str,
        *,
        lease: HeldLease | None = None,
        email: str = Config().email,
        ref: str | None = None,
    ) -> "TaskRun | None":
        """The run on the branch of `task`; None when there is no branch. GitError when the branch holds no run."""
        tip = workspace.repo.ref(ref or task_ref(task))
        return _at(workspace, task, tip, lease, email, ref=ref) if tip else None

    def refresh(self) -> None:
        """Read the branch again. Raises RefMoved when it is gone."""
        tip = self.workspace.repo.ref(self.ref)
        if tip is None:
            raise RefMoved(f"The branch of {self.task} is gone.")
        self.tip = tip
        self.state = self.recorded.state

    def record(
        self,
        note: StepNote,
        state: RunState,
        *,
        files: Mapping[str, Change] | None = None,
        facts: Mapping[str, Any] | None = None,
        errors: Sequence[ErrorRecord] = (),
    ) -> str:
        """One commit on the branch: `state`, the step's own record, `facts`, `errors` and changes to the deliverable.

        `facts`: file name in the run's folder to JSON-able data (or bytes, written as they are; None deletes).
        Raises RefMoved when the branch is not at `tip` any more, LeaseLost when the lease is not ours any more; then
        nothing was written and this handle stands where it stood.
        """
        if state.version != self.state.version + 1:
            raise ValueError(f"{self.task}: version {state.version} can't follow {self.state.version}")
        changes: dict[str, Change] = dict(files or {})
        if wrong := [path for path in changes if is_bookkeeping(self.place.prefix, path)]:
            raise ValueError(f"{self.task}: {wrong[0]} is frmo's own, not part of a deliverable")
        changes.update(_facts(self.place, state, note, self.lease, facts or {}))
        for row in errors:
            changes[f"{self.place.errors}/{row.number:02d}.json"] = FileChange(canonical(row.to_data()))
        prints = [row.fingerprint for row in errors]
        oid = _commit(self.workspace, self.tip, changes, note, state, fingerprints=prints, email=self.email)
        _swap(self.workspace, RefUpdate(self.ref, oid, self.tip), self.lease, self.task)
        self.tip, self.state = oid, state
        return oid


def task_ids(workspace: Workspace) -> list[str]:
    """Ids of the tasks that have a branch here, sorted."""
    names = (name.removeprefix(_BRANCHES) for name, _ in workspace.repo.refs(_BRANCHES))
    return [name for name in names if ID.fullmatch(name)]


def runs(workspace: Workspace) -> list[TaskRun]:
    """The run on every task branch, sorted by id. A branch that holds no run is left out: `frmo doctor` names it."""
    found = []
    for task in task_ids(workspace):
        with contextlib.suppress(GitError):
            run = TaskRun.load(workspace, task)
            found += [run] if run else []
    return found


def archived(workspace: Workspace, task: str, run: int) -> RunRecord | None:
    """An earlier run, from the ref that keeps its branch."""
    tip = workspace.repo.ref(archive_ref(task, run))
    place = find(workspace.repo, tip, workspace.prefix, task, run) if tip else None
    return RunRecord(workspace.repo, tip, place) if tip and place else None


def _at(
    workspace: Workspace, task: str, tip: str, lease: HeldLease | None, email: str, *, ref: str | None = None
) -> TaskRun:
    place = find(workspace.repo, tip, workspace.prefix, task)
    if place is None:
        raise GitError(f"{ref or task_ref(task)} holds no run of {task}. Was something else committed to it?")
    return TaskRun(workspace, place, tip, lease=lease, email=email, ref=ref)


def _archive(workspace: Workspace, task: str, tip: str, run: int) -> None:
    """Keep the branch of the run before `run` under its archive ref. Doing it twice is doing it once."""
    earlier = _at(workspace, task, tip, None, "")
    if earlier.run >= run:
        raise RefMoved(f"Run {earlier.run} of {task} was begun already.")
    keep = archive_ref(task, earlier.run)
    if workspace.repo.ref(keep) != tip and not workspace.repo.swap([RefUpdate(keep, tip, None)]):
        raise RefMoved(f"{keep} holds another run already.")


def _facts(
    place: RunPlace, state: RunState, note: StepNote, lease: HeldLease | None, more: Mapping[str, Any]
) -> dict[str, Change]:
    facts = {f"steps/{state.step:02d}-{note.step}.json": _step(state, note, lease), "state.json": state.to_data()}
    return {
        f"{place.facts}/{name}": None
        if data is None
        else FileChange(data if isinstance(data, bytes) else canonical(data))
        for name, data in {**facts, **more}.items()
    }


def _step(state: RunState, note: StepNote, lease: HeldLease | None) -> dict[str, Any]:
    """`steps/<nn>-<step>.json`. The lease's nonce makes two workers' commits differ even when all else is equal."""
    return {
        "step": note.step,
        "number": state.step,
        "what": note.what,
        "at": note.now,
        "version": state.version,
        "status": state.state,
        "attempt": state.attempt if note.attempt is None else note.attempt,
        "role": note.role,
        "agent": note.agent,
        "protocol": note.protocol,
        "tokens": vars(note.tokens) if note.tokens else None,
        "cost_usd": note.cost_usd,
        "duration_s": note.duration_s,
        "worker": lease.lease.holder.worker if lease else "",
        "fencing": lease.lease.fencing if lease else 0,
        "nonce": lease.lease.nonce if lease else "",
        "details": dict(note.details),
    }


def _commit(
    workspace: Workspace,
    parent: str,
    changes: Mapping[str, Change],
    note: StepNote,
    state: RunState,
    *,
    fingerprints: Sequence[str] = (),
    email: str,
) -> str:
    """Store the commit of one step on top of `parent`; no ref moves yet."""
    trailers = step_trailers(
        task=state.task,
        run=state.run,
        step=note.step,
        status=state.state,
        agent=note.agent,
        protocol=note.protocol,
        attempt=state.attempt if note.attempt is None else note.attempt,
        tokens=note.tokens,
        cost_usd=note.cost_usd,
        duration_s=note.duration_s,
        errors=fingerprints,
    )
    message = commit_message(note.step, note.what, trailers, note.body)
    author = Signature(f"frmo {note.role}", email, note.now)
    repo = workspace.repo
    return repo.commit(repo.edit_tree(parent, changes), [parent], message, author)


def _swap(workspace: Workspace, update: RefUpdate, lease: HeldLease | None, task: str) -> None:
    """Move the branch while the lease is ours, in one transaction."""
    if lease is None:
        if not workspace.repo.swap([update]):
            raise RefMoved(f"Somebody else moved the branch of {task}.")
        return
    with lease.lock:
        if workspace.repo.swap([update, RefUpdate(lease.ref, lease.oid, lease.oid)]):
            return
        if workspace.repo.ref(lease.ref) != lease.oid:
            raise LeaseLost(f"The lease of {task} is held by another worker now.")
    raise RefMoved(f"Somebody else moved the branch of {task}.")
