"""Accept: the task as validated, the base commit and the versions it will be judged with, as the branch's first commit."""

from collections.abc import Callable

from frmo.errors import Fault, InputError
from frmo.model.config import Config, merged_budget
from frmo.model.protocol import Protocol
from frmo.model.state import RunState
from frmo.model.task import Task
from frmo.store.actions import action_ids
from frmo.store.domains import load_domain
from frmo.store.leases import HeldLease
from frmo.store.protocols import load_protocol
from frmo.store.runs import StepNote, TaskRun
from frmo.store.workspace import Workspace


def base_of(workspace: Workspace, task: Task, config: Config) -> str:
    """The commit a task starts from: its own `base`, else the config's. Raises InputError when there is none."""
    name = task.base or config.base
    commit = workspace.repo.resolve(name)
    if commit is None:
        raise InputError([Fault(task.path, f"base {name!r} is no commit of this repository")])
    return commit


def accept(
    workspace: Workspace,
    task: Task,
    source: bytes,
    *,
    config: Config,
    kind: str,
    run: int,
    base: str,
    lease: HeldLease,
    now: Callable[[], float],
    protocols: str = "",
    ref: str | None = None,
) -> TaskRun:
    """Begin run number `run` of `task` on a branch of its own. `protocols`, `ref`: of an arm of a trial.

    Raises InputError when its tests aren't in the base, or the base's protocols, domain or taxonomy can't be read: a run
    would only find that out later, and there would be no mending it.
    """
    missing = [path for path in task.validation.tests if workspace.repo.entry(base, path) is None]
    if missing:
        hint = "tests are taken from the base commit: commit them first"
        raise InputError(
            [Fault(task.path, f"{path} is not in the base commit {base[:10]}", hint=hint) for path in missing]
        )
    protocol = _readable(workspace, base, task.domain or config.domain, protocols or base, config.profile(kind).profile)
    _one_file(task, kind, protocol)
    budget = merged_budget(config.task_budget, task.budget)
    allowed = budget.attempts or 1
    state = RunState(
        task=task.id, run=run, base=base, step=1, attempts_allowed=allowed, agent=kind, protocols=protocols
    )
    note = StepNote(step="accept", what=task.title, now=now(), body=task.description)
    return TaskRun.accept(workspace, task, state, note, source=source, lease=lease, email=config.email, ref=ref)


def _readable(workspace: Workspace, base: str, domain: str, protocols: str, profile: str | None) -> Protocol:
    """The executor's protocol. Raises InputError unless all a run takes from its base and `protocols` is valid."""
    load_domain(workspace, base, domain)
    action_ids(workspace, base, domain)
    load_protocol(workspace, protocols, "analyzer", profile)
    return load_protocol(workspace, protocols, "executor", profile)


def _one_file(task: Task, kind: str, protocol: Protocol) -> None:
    """Raise InputError where the contract takes the reply for one file and the task doesn't say which."""
    named = len(task.files) == 1 and not any(char in task.files[0] for char in "*?[")
    if protocol.contract.format == "code" and not named:
        hint = "add it: files: [path/of/it.py]"
        raise InputError(
            [Fault(task.path, f"the {kind} agent writes one file at a time: `files` must name it", hint=hint)]
        )
