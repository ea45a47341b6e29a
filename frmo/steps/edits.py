"""What of an agent's output may reach the branch: paths, protected places, the task's own files. Pure."""

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from frmo.model.names import folded, path_fault
from frmo.model.protected import is_protected
from frmo.model.task import Task
from frmo.model.verdict import Finding

MAX_FILES = 500
MAX_BYTES = 8 << 20


@dataclass(frozen=True)
class Edits:
    """`kept`: path to new content of what may be committed. `findings`: what was dropped, and why."""

    kept: Mapping[str, bytes]
    findings: tuple[Finding, ...]


ModeAt = Callable[[str], int | None]
_FOLDER, _FILES = 0o040000, (0o100644, 0o100755)


def sifted(output: Mapping[str, str], task: Task, protected: Sequence[str], mode_at: ModeAt) -> Edits:
    """Keep what the task allows. The task's own tests are as protected as the rest of what judges the work.

    `mode_at`: git's mode of what the branch has at a path, None for nothing.
    """
    protected = (*protected, *task.validation.tests)
    kept: dict[str, bytes] = {}
    findings = []
    for path, text in sorted(output.items()):
        content = text.encode("utf-8", "surrogatepass")
        fault = _path_fault(path, task, protected) or _place_fault(path, mode_at) or _size_fault(path, content, kept)
        if fault is None:
            kept[path] = content
        else:
            findings.append(fault)
    return Edits(kept, tuple(findings))


def _path_fault(path: str, task: Task, protected: Sequence[str]) -> Finding | None:
    """Why this path may not be written."""
    if reason := path_fault(path):
        return _finding("bad-path", path, f"the path {reason}", decides=True)
    if is_protected(path, protected):
        return _finding("tampering", path, "a protected path was to be changed", decides=True)
    if task.files and not any(fnmatch.fnmatchcase(path, pattern) for pattern in task.files):
        return _finding("outside-files", path, "the task does not list this path in `files`", decides=False)
    return None


def _place_fault(path: str, mode_at: ModeAt) -> Finding | None:
    """A file goes where there is nothing or a file, in folders that are folders: never through a link."""
    parts = path.split("/")
    for folder in ("/".join(parts[:count]) for count in range(1, len(parts))):
        if mode_at(folder) not in (None, _FOLDER):
            return _finding("bad-path", path, f"lies behind a link, a file or a submodule: {folder}", decides=True)
    if mode_at(path) not in (None, *_FILES):
        return _finding("bad-path", path, "is a link, a folder or a submodule, not a file", decides=True)
    return None


def _size_fault(path: str, content: bytes, kept: Mapping[str, bytes]) -> Finding | None:
    """Why this path can't go beside those already kept."""
    twin = next((other for other in kept if folded(other) == folded(path)), None)
    if twin:
        return _finding("twin-path", path, f"is another file's name on many file systems: {twin}", decides=True)
    if len(kept) >= MAX_FILES or sum(map(len, kept.values())) + len(content) > MAX_BYTES:
        return _finding("too-large", path, "the output is larger than one step may be", decides=True)
    return None


def _finding(code: str, path: str, message: str, *, decides: bool) -> Finding:
    return Finding(validator="edits", level=1, code=code, message=message, path=path[:300], decides=decides)
