"""What a program left in its worktree, read after its whole process tree is dead: regular files, nothing else.

Every folder and file is opened relative to its parent without following a link, so no name in the tree leads out of it.
"""

import os
import shutil
import stat
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from frmo.model.names import folded, path_fault

SKIPPED = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"})
_DEEPEST = 64
_GIT = frozenset({".git", "git~1"})
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass(frozen=True)
class Caps:
    """Largest file, largest sum of files (bytes), most files."""

    file_bytes: int = 16 << 20
    total_bytes: int = 256 << 20
    files: int = 20_000


@dataclass(frozen=True)
class CollectedFile:
    """One regular file. `path`: relative, forward slashes. `mode`: 0o100644 or 0o100755, nothing else of what it was."""

    path: str
    content: bytes
    mode: int


@dataclass(frozen=True)
class Refused:
    """Something in the tree that is not collected: neither changed nor deleted by the agent, as far as frmo goes."""

    path: str
    reason: str


@dataclass(frozen=True)
class Collected:
    """All regular files in order of path, and what was refused. `complete`: False when the caps cut it short."""

    files: tuple[CollectedFile, ...]
    refused: tuple[Refused, ...]
    complete: bool


@dataclass(frozen=True)
class _Entry:
    path: str
    status: os.stat_result
    fault: str | None


def collect(directory: Path, caps: Caps = Caps(), skip: Collection[str] = SKIPPED) -> Collected:
    """Files below `directory`, but for folders named in `skip`. Raises OSError when `directory` itself can't be read."""
    root = os.open(directory, _FOLDER)
    try:
        entries, complete = _listed(root, caps, skip)
        refused = [Refused(entry.path, entry.fault) for entry in entries if entry.fault]
        good = [entry for entry in entries if not entry.fault]
        twins = _twins([entry.path for entry in good])
        links = Counter(entry.status.st_ino for entry in good)
        files: list[CollectedFile] = []
        left = caps.total_bytes
        for entry in sorted(good, key=lambda item: item.path):
            fault = _content_fault(entry, twins, links, min(caps.file_bytes, left))
            content = b"" if fault else _content(root, entry, min(caps.file_bytes, left))
            if fault or content is None:
                refused.append(Refused(entry.path, fault or "can't be read as the file it was"))
                complete = complete and entry.status.st_size <= left
            else:
                left -= len(content)
                mode = 0o100755 if entry.status.st_mode & stat.S_IXUSR else 0o100644
                files.append(CollectedFile(entry.path, content, mode))
        return Collected(tuple(files), tuple(sorted(refused, key=lambda item: item.path)), complete)
    finally:
        os.close(root)


def discard(directory: Path) -> None:
    """Remove a tree that a program wrote, also where it is deeper or less writable than is usual."""
    try:
        shutil.rmtree(directory)
    except (OSError, RecursionError):
        subprocess.run(["chmod", "-R", "u+rwx", "--", str(directory)], capture_output=True, check=False)
        subprocess.run(["rm", "-rf", "--one-file-system", "--", str(directory)], capture_output=True, check=True)


def _listed(root: int, caps: Caps, skip: Collection[str]) -> tuple[list[_Entry], bool]:
    """Every entry that is not a folder, up to the cap of files; was that all?"""
    entries: list[_Entry] = []
    for entry in _Walk(os.fstat(root).st_dev, skip).entries(root):
        if len(entries) >= caps.files:
            return entries, False
        entries.append(entry)
    return entries, True


@dataclass(frozen=True)
class _Walk:
    """Everything below an open folder that is not a folder itself, on one device, in order of name."""

    device: int
    skip: Collection[str]

    def entries(self, folder: int, prefix: str = "", depth: int = 0) -> Iterator[_Entry]:
        with os.scandir(folder) as listing:
            names = sorted(entry.name for entry in listing)
        for name in names:
            path = prefix + name
            try:
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            except OSError:
                continue
            fault = _fault(name, path, status, self.device)
            if fault or not stat.S_ISDIR(status.st_mode):
                yield _Entry(_printable(path), status, fault)
            elif name not in self.skip:
                yield from self._below(folder, path, status, depth)

    def _below(self, folder: int, path: str, status: os.stat_result, depth: int) -> Iterator[_Entry]:
        if depth >= _DEEPEST:
            yield _Entry(path, status, f"lies deeper than {_DEEPEST} folders")
            return
        try:
            inner = os.open(path.rpartition("/")[2], _FOLDER, dir_fd=folder)
        except OSError as error:
            yield _Entry(path, status, f"can't be opened: {error.strerror}")
            return
        try:
            yield from self.entries(inner, path + "/", depth + 1)
        finally:
            os.close(inner)


def _fault(name: str, path: str, status: os.stat_result, device: int) -> str | None:
    if _plain(name) in _GIT:
        return "belongs to git: an agent has no repository"
    if _printable(name) != name:
        return "is not a name in UTF-8"
    if fault := path_fault(path):
        return fault
    if stat.S_ISLNK(status.st_mode):
        return "is a link"
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        return "is not a regular file"
    return None if status.st_dev == device else "lies on another file system"


def _content_fault(entry: _Entry, twins: Collection[str], links: Counter[int], most: int) -> str | None:
    if entry.path in twins:
        return "differs from another path only in case or Unicode form"
    if entry.status.st_nlink != links[entry.status.st_ino]:
        return "is a hard link to a file elsewhere"
    return f"is larger than {most} bytes" if entry.status.st_size > most else None


def _content(root: int, entry: _Entry, most: int) -> bytes | None:
    """Content, provided that the path still leads to the same regular file without a link on the way."""
    folder = root
    *parents, name = entry.path.split("/")
    opened: list[int] = []
    try:
        for parent in parents:
            folder = os.open(parent, _FOLDER, dir_fd=folder)
            opened.append(folder)
        fd = os.open(name, _FILE, dir_fd=folder)
        opened.append(fd)
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_ino != entry.status.st_ino or status.st_size > most:
            return None
        with os.fdopen(os.dup(fd), "rb") as file:
            content = file.read(most + 1)
        return content if len(content) <= most else None
    except OSError:
        return None
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _twins(paths: Collection[str]) -> set[str]:
    """Paths that share their folded form, whole or in a folder on the way, with a path that is spelled otherwise."""
    spellings: dict[str, set[str]] = {}
    for path in paths:
        for prefix in _prefixes(path):
            spellings.setdefault(folded(prefix), set()).add(prefix)
    twins = {prefix for group in spellings.values() if len(group) > 1 for prefix in group}
    return {path for path in paths if any(prefix in twins for prefix in _prefixes(path))}


def _prefixes(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _plain(name: str) -> str:
    """`name` as a file system sees it that folds case and ignores invisible characters."""
    visible = "".join(char for char in name if unicodedata.category(char) not in ("Cf", "Cc"))
    return folded(visible).rstrip(". ").split(":")[0]


def _printable(path: str) -> str:
    return path.encode("utf-8", "replace").decode()
