"""The plain values that cross the door to git: changes to a tree, entries of one, commits, updates of refs."""

from dataclasses import dataclass

FILE = 0o100644
EXECUTABLE = 0o100755
LINK = 0o120000
FOLDER = 0o040000
SUBMODULE = 0o160000


@dataclass(frozen=True)
class FileChange:
    """A file as it is to be: its whole content and its mode (100644, 100755, or 120000 with the target as content)."""

    content: bytes
    mode: int = FILE


@dataclass(frozen=True)
class Graft:
    """An existing tree (mode 040000) or blob put at a path as it is, without reading it."""

    oid: str
    mode: int = FOLDER


Change = FileChange | Graft | None  # None deletes the path and everything below it


@dataclass(frozen=True)
class TreeEntry:
    """One entry of a tree. `path` is relative to the root of the tree, with forward slashes."""

    path: str
    mode: int
    oid: str


@dataclass(frozen=True)
class Edit:
    """One path that differs between two trees. `before`, `after`: git's modes; None: there is no file, link or submodule."""

    path: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Signature:
    """Who did it and when. `when`: Unix seconds; written to git in UTC, cut to the second."""

    name: str
    email: str
    when: float


@dataclass(frozen=True)
class CommitInfo:
    """One commit as read. Names and messages that are not UTF-8 are read with replacement characters."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    message: str
    author: Signature


@dataclass(frozen=True)
class RefUpdate:
    """One ref to move, and what it must be before. `old` None: must not exist; `new` None: delete; equal: only check."""

    name: str
    new: str | None
    old: str | None


@dataclass(frozen=True)
class Merge:
    """A three-way merge in memory: the merged tree, or the paths that conflict (then `tree` is None)."""

    tree: str | None
    conflicts: tuple[str, ...] = ()
