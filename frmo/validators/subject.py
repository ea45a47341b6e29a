"""What a validator is given, and what it answers."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from frmo.model.task import Task
from frmo.model.verdict import Finding
from frmo.sandbox.program import Limits, Sandbox
from frmo.validators.interpreter import Interpreter

Remember = Callable[[str, Callable[[], bytes]], bytes]


def forget(_: str, make: Callable[[], bytes]) -> bytes:
    """The memory that has none: makes the value each time."""
    return make()


@dataclass(frozen=True)
class Subject:
    """One piece of work to judge.

    `work`, `base`: folders with the agent's tree and the base commit's, no `.git`, regular files only. `changed`: paths
    of `work` that differ from `base`. `python`: the project's interpreter, `tools`: the one that has ruff and mypy.
    `scratch`: a folder for copies, emptied by whoever made it. `commands`: of the domain, before the task's own.
    `protected`: what agents may not touch. `remember(key, make)`: the cache of results that depend on `key` alone.
    `settings`: of the domain's validators, by name.
    """

    task: Task
    work: Path
    base: Path
    changed: tuple[str, ...]
    sandbox: Sandbox
    python: Interpreter
    tools: Interpreter
    scratch: Path
    limits: Limits = Limits()
    commands: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    read: Mapping[str, Path] = field(default_factory=dict)
    remember: Remember = forget
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cancel: threading.Event | None = None

    def given(self, validator: str) -> Mapping[str, Any]:
        """What a validator was given: by the domain, and over that by the task."""
        return {**self.settings.get(validator, {}), **self.task.validation.checks.get(validator, {})}

    @property
    def changed_python(self) -> tuple[str, ...]:
        """Changed Python files that still exist, sorted."""
        return tuple(path for path in sorted(self.changed) if path.endswith((".py", ".pyi")) and self.has(path))

    def has(self, path: str) -> bool:
        """True when `path` is a regular file of the agent's tree."""
        place = self.work / path
        return place.is_file() and not place.is_symlink()


@dataclass(frozen=True)
class Result:
    """What one validator found, how many checks it made (0: nothing to check), and a word for people."""

    findings: tuple[Finding, ...] = ()
    checks: int = 0
    note: str = ""
