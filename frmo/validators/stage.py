"""A copy of the agent's tree for one run in the sandbox, with everything that decides put back from the base commit."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from frmo.validators.deciding import Deciding, deciding
from frmo.validators.subject import Subject

Filter = Callable[[str], bool]


@dataclass(frozen=True)
class Stage:
    """`root`: the copy, writable. `from_base`: the files in it that decide, as the base commit has them."""

    root: Path
    from_base: frozenset[str]

    def altered(self, base: Path) -> list[str]:
        """Deciding Python files that are no longer what the base commit has: something wrote to them during the run."""
        paths = sorted(path for path in self.from_base if path.endswith(".py"))
        return [path for path in paths if content(self.root / path) != content(base / path)]


def files_of(folder: Path) -> frozenset[str]:
    """Paths of the regular files below `folder`; links are neither listed nor followed."""
    found = []
    for place, _, names in os.walk(folder):
        found += [Path(place, name) for name in names]
    return frozenset(path.relative_to(folder).as_posix() for path in found if path.is_file() and not path.is_symlink())


def rules(subject: Subject) -> Deciding:
    """Which files decide for this task."""
    return deciding(subject.task.validation.tests, subject.task.files, files_of(subject.base))


def stage(subject: Subject, name: str, *, tests: bool = True, of_base: bool = False) -> Stage:
    """Build the copy below `subject.scratch`. `tests` False leaves deciding test files out; `of_base`: base alone."""
    root = subject.scratch / name
    shutil.rmtree(root, ignore_errors=True)
    base, rule = files_of(subject.base), rules(subject)
    own = files_of(subject.base if of_base else subject.work)
    trusted = frozenset(path for path in base if rule.of_base(path) and not rule.left_out(path))
    for path in trusted if tests else ():
        _copy(subject.base / path, root / path)
    for path in own:
        if not rule.left_out(path) and not rule.of_base(path):
            _copy(subject.work / path if not of_base else subject.base / path, root / path)
    root.mkdir(parents=True, exist_ok=True)
    return Stage(root, trusted)


def content(path: Path) -> bytes | None:
    """What a regular file holds; None for anything else, opened without following a link."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read() if path.is_file() else None


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)


def copied(subject: Subject, name: str, paths: list[str], *, of_base: bool = False) -> Path:
    """A folder below `subject.scratch` with only `paths` of the agent's tree (or the base's) in it."""
    root, source = subject.scratch / name, subject.base if of_base else subject.work
    root.mkdir(parents=True, exist_ok=True)
    for path in paths:
        if (source / path).is_file() and not (source / path).is_symlink():
            _copy(source / path, root / path)
    return root
