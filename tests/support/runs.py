"""Workspaces and task branches for tests of what happens to them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from frmo.model.failure import ErrorRecord
from frmo.model.state import RunState, State, Tokens, moved
from frmo.model.task import Task, task_from_mapping
from frmo.repo.repository import FileChange
from frmo.store.ledger import Ledger
from frmo.store.runs import StepNote, TaskRun
from frmo.store.workspace import Workspace
from support.repositories import make_repository

NOW = 1_700_000_000.0  # 2023-11-14 UTC
FILES = {
    "state/config.yaml": "version: 1\n",
    "text/slug.py": "def slugify(text):\n    return text\n",
    "README.md": "# x\n",
}


def make_workspace(root: Path, files: Mapping[str, str | bytes] | None = None, prefix: str = "") -> Workspace:
    """A workspace with one commit that holds `files` (default: a small project)."""
    chosen = dict(FILES if files is None else {"state/config.yaml": "version: 1\n", **files})
    chosen[f"{prefix}state/config.yaml"] = chosen.pop("state/config.yaml")
    return Workspace.open(make_repository(root, chosen))


def make_task(name: str = "slugify", number: int = 0, **content: object) -> Task:
    """A task as the inbox would read it."""
    return task_from_mapping(f"{name}-{number:08x}", f"tasks/{name}.yaml", {"title": f"Do {name}", **content})


def begin(workspace: Workspace, task: Task, run: int = 1, lease=None, now: float = NOW) -> TaskRun:
    """Accept `task` on the current HEAD."""
    head = workspace.repo.head()
    assert head
    state = RunState(task=task.id, run=run, base=head, step=1)
    note = StepNote("accept", task.title, now)
    return TaskRun.accept(workspace, task, state, note, source=b"title: x\n", lease=lease)


def finish(
    run: TaskRun, files: Mapping[str, str | bytes | None], to: State = State.COMPLETE, settle: bool = True
) -> TaskRun:
    """Walk a fresh run to its end with `files` as its deliverable."""
    changes = {path: None if data is None else FileChange(_bytes(data)) for path, data in files.items()}
    state = moved(run.state, State.EXECUTING, step=2, attempt=1, tokens=Tokens(10, 5), cost_usd=0.25, duration_s=2.0)
    note = StepNote(
        "execute", "work", NOW + 1, role="executor", agent="scripted", protocol="executor@0123abc",
        tokens=Tokens(10, 5), cost_usd=0.25, duration_s=2.0,
    )  # fmt: skip
    run.record(note, state, files=changes, facts={"transcripts/02.json": {"said": "hello"}})
    state = moved(run.state, State.VALIDATING, step=3)
    errors = [error_record(run, 1)] if to is State.FAILED else []
    run.record(
        StepNote("validate", "level 3", NOW + 2), state, facts={"validation/03.json": {"ok": True}}, errors=errors
    )
    state = replace(moved(run.state, to, step=4), settled=True)
    run.record(StepNote("settle", str(to), NOW + 3), state)
    if settle:
        Ledger(run.workspace).graft(run, NOW + 4)
    return run


def error_record(run: TaskRun, number: int) -> ErrorRecord:
    """One validated error of `run`."""
    return ErrorRecord(
        task=run.task, run=run.run, number=number, attempt=1, step=3, stage="validate", validator="pytest", level=3,
        code="assert", operation="edit", exception="AssertionError", message="1 != 2", masked="<n> != <n>",
        path="text/slug.py", line=2, excerpt="", node="test_x", reproduce="pytest", decides=True, sandbox="none",
        domain="python", role="executor", protocol="executor@0123abc", agent="scripted", signature="s",
        fingerprint="0123456789ab",
    )  # fmt: skip


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data
