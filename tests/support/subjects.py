"""Subjects to validate: two small trees, a task, and the real sandbox."""

import os
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

from frmo.model.task import task_from_mapping
from frmo.sandbox.choice import choose
from frmo.sandbox.program import MIB, Limits
from frmo.validators.interpreter import own
from frmo.validators.subject import Subject

LIMITS = Limits(seconds=20, memory_bytes=512 * MIB, processes=32, output_bytes=MIB)


def written(folder: Path, files: dict[str, str | bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else dedent(text).lstrip("\n").encode())
    return folder


def subject(
    tmp_path: Path,
    work: dict[str, str | bytes],
    base: dict[str, str | bytes] | None = None,
    validation: dict | None = None,
    **changes,
) -> Subject:
    """`work` is laid over `base`; changed are the files that differ. `task`: further keys of the task file."""
    task = {"title": "A task", "validation": validation or {}, **changes.pop("task", {})}
    base_tree = written(tmp_path / "base", base or {})
    work_tree = written(tmp_path / "work", {**(base or {}), **work})
    for path in changes.pop("deleted", ()):
        (work_tree / path).unlink()
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    made = Subject(
        task=task_from_mapping("task-00000000", "tasks/task.yaml", task),
        work=work_tree,
        base=base_tree,
        changed=tuple(sorted(path for path, text in work.items() if (base or {}).get(path) != text)),
        sandbox=choose(os.environ),
        python=own(),
        tools=own(),
        scratch=scratch,
        limits=LIMITS,
    )
    return replace(made, **changes)
