"""The one place that changes the person's checkout: bring the checked-out branch, its index and files to a new commit.

Only the paths that differ are touched. Order: files, then index, then branch. A kill in between leaves staged changes
that are exactly those of the new commit; the next try takes what is already as it should be for done. If the branch
was moved by somebody else meanwhile, files and index are put back.
None of the person's hooks run: they are for commits that people make, and an agent may have written one.
"""

import contextlib
import os
import secrets
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pygit2
from pygit2.enums import RepositoryState

from frmo.errors import GitError, RefMoved
from frmo.repo.handle import Handle
from frmo.repo.locks import Locks
from frmo.repo.objects import Objects
from frmo.repo.porcelain import Porcelain
from frmo.repo.refs import Refs
from frmo.repo.shapes import EXECUTABLE, FILE, FOLDER, LINK, SUBMODULE, RefUpdate

_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Obstacle:
    """A path in the checkout that stands in the way, and why: its change would be lost."""

    path: str
    why: str


class Checkout:
    """The worktree, index and checked-out branch of one repository."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._objects = Objects(handle)
        self._refs = Refs(handle)
        self._porcelain = Porcelain(handle)
        self._locks = Locks(handle.git_dir, "checkouts")

    def branch(self) -> tuple[str, str]:
        """Full ref name and oid of the checked-out branch. GitError where nothing can be brought to it."""
        name, oid = self._branch()
        if oid is None:
            raise GitError(f"Branch {name.removeprefix('refs/heads/')} has no commit yet.")
        return name, oid

    def _branch(self) -> tuple[str, str | None]:
        if self._handle.root is None:
            raise GitError("This is a bare repository: there is no checkout to bring anything to.")
        state = self._handle.git.state()
        if state != RepositoryState.NONE:
            doing = state.name.lower().replace("_", " ")
            raise GitError(f"A {doing} is going on in {self._handle.root}. Finish or abort it first.")
        name, oid = self._refs.head_branch(), self._refs.head()
        if name is None:
            raise GitError("HEAD is detached: check out the branch that is to get the change first.")
        return f"refs/heads/{name}", oid

    def obstacles(self, tree_ish: str) -> list[Obstacle]:
        """What in the checkout would be lost by going from HEAD to `tree_ish`. Only paths that differ are looked at."""
        head = self._refs.head() or self._objects.edit_tree(None, {})
        index, paths = self._index(), self._objects.changed(head, tree_ish)
        going = {path for path in paths if self._plain(tree_ish, path) is None}
        found = ((path, self._obstacle(path, head, tree_ish, index, going)) for path in paths)
        return [Obstacle(path, why) for path, why in found if why]

    def advance(self, new: str, message: str) -> None:
        """Move the checked-out branch from HEAD to the commit `new`, which has HEAD among its parents, or is the first.

        GitError naming every obstacle, before anything is touched; RefMoved when somebody else moves the branch.
        """
        with self._locks.held([f"checkout {self._handle.own_dir}"], _PATIENCE_S):
            branch, head = self._branch()
            if head not in (self._objects.commit_info(new).parents or (None,)):
                raise RefMoved(f"{branch.removeprefix('refs/heads/')} has moved since {new[:12]} was made.")
            if blocked := self.obstacles(new):
                raise GitError(obstructed(blocked))
            self._bring(branch, head, new, message)

    def _bring(self, branch: str, tip: str | None, new: str, message: str) -> None:
        head = tip or self._objects.edit_tree(None, {})
        index, paths = self._index(), self._objects.changed(head, new)
        files = [path for path in paths if not self._same(self._on_disk(path), self._plain(new, path))]
        staged = [path for path in paths if _staged(index, path) != self._plain(new, path)]
        try:
            self._write(files, new)
            self._stage(staged, new)
        except (OSError, GitError) as fault:
            self._write(files, head)
            raise GitError(f"Could not update the files in {self._handle.root}: {fault}") from fault
        if not self._refs.swap([RefUpdate(branch, new, tip)], message):
            self._write(files, head)
            self._stage(staged, head)
            raise RefMoved(f"{branch.removeprefix('refs/heads/')} was moved by somebody else just now.")

    def _index(self) -> pygit2.Index:
        """The index as it is on disk now."""
        try:
            index: pygit2.Index = self._handle.git.index
            index.read(True)
        except (pygit2.GitError, OSError) as fault:
            raise GitError(
                f"The index of {self._handle.root} can't be read (a sparse or split one?): {fault}"
            ) from None
        if index.conflicts is not None:
            raise GitError("The index has unresolved conflicts. Resolve them first.")
        return index

    def _obstacle(self, path: str, head: str, new: str, index: pygit2.Index, going: set[str]) -> str:
        """Why the change of `path` can't be brought to the checkout, or ''. `going`: paths that will be deleted."""
        before, after = self._plain(head, path), self._plain(new, path)
        if any(state is not None and state[1] == SUBMODULE for state in (before, after)):
            return "is a submodule"
        if _staged(index, path) not in (before, after):
            return "has staged changes"
        if through := self._linked_parent(path):
            return f"lies behind the link {through}"
        if self._root(path).is_dir() and not self._root(path).is_symlink():
            return "" if self._all_going(path, going) else "is a folder with files that are not in the commit"
        there = self._on_disk(path)
        if self._same(there, before) or self._same(there, after) or (before and not self._handle.modified(path)):
            return ""
        if there is None:
            return "is deleted but not committed"
        return "has unstaged changes" if before is not None else "exists but is not tracked"

    def _plain(self, tree_ish: str, path: str) -> tuple[str, int] | None:
        """Oid and mode of the file, link or submodule at `path` of a commit."""
        entry = self._objects.entry(tree_ish, path)
        return (entry.oid, entry.mode) if entry is not None and entry.mode != FOLDER else None

    def _on_disk(self, path: str) -> tuple[str, int] | None:
        """Oid and mode that the file at `path` would have, unfiltered; None when there is no file or link."""
        place = self._root(path)
        try:
            mode = place.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISLNK(mode):
            return _hashed(os.fsencode(place.readlink())), LINK
        if not stat.S_ISREG(mode):
            return None if stat.S_ISDIR(mode) else ("", 0)
        return _hashed(place.read_bytes()), EXECUTABLE if mode & stat.S_IXUSR else FILE

    def _same(self, there: tuple[str, int] | None, wanted: tuple[str, int] | None) -> bool:
        """Equal, or equal but for an execute bit that this file system does not keep."""
        if there == wanted or there is None or wanted is None:
            return there == wanted
        return there[0] == wanted[0] and LINK not in (there[1], wanted[1]) and not self._handle.keeps_modes()

    def _linked_parent(self, path: str) -> str:
        parts = path.split("/")
        parents = ("/".join(parts[:count]) for count in range(1, len(parts)))
        return next((parent for parent in parents if self._root(parent).is_symlink()), "")

    def _all_going(self, path: str, going: set[str]) -> bool:
        """True when every file below the folder `path` will be deleted."""
        root = self._root("")
        return all(
            (Path(place) / name).relative_to(root).as_posix() in going
            for place, _, names in os.walk(self._root(path))
            for name in names
        )

    def _root(self, path: str) -> Path:
        assert self._handle.root is not None, "checked by branch()"
        return self._handle.root / path

    def _write(self, paths: Sequence[str], tree_ish: str) -> None:
        """Make the files at `paths` what `tree_ish` has: deletions first, so that a file may become a folder."""
        wanted = {path: self._plain(tree_ish, path) for path in paths}
        for path in (path for path, state in wanted.items() if state is None):
            self._delete(path)
        for path, state in wanted.items():
            if state is not None:
                self._put(path, *state)

    def _delete(self, path: str) -> None:
        place = self._root(path)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
            place.unlink()
        with contextlib.suppress(OSError):  # folders go while they are empty
            for parent in list(place.parents)[: path.count("/")]:
                parent.rmdir()

    def _put(self, path: str, oid: str, mode: int) -> None:
        """Write one file beside its place and rename it in, so that nobody ever sees half of it."""
        place = self._root(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_dir() and not place.is_symlink():
            place.rmdir()
        beside = place.with_name(f".frmo-{secrets.token_hex(8)}.tmp")
        content = self._objects.blob(oid)
        try:
            if mode == LINK:
                beside.symlink_to(os.fsdecode(content))
            else:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                descriptor = os.open(beside, flags, 0o777 if mode == EXECUTABLE else 0o666)
                with open(descriptor, "wb") as file:  # noqa: PTH123  a descriptor has no path
                    file.write(content)
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)

    def _stage(self, paths: Sequence[str], tree_ish: str) -> None:
        """Set the index entries of `paths` to what `tree_ish` has, deletions first; all other entries stay as they are."""
        if not paths:
            return
        wanted = {path: self._plain(tree_ish, path) for path in paths}
        gone = [f"0 {'0' * 40}\t{path}\0" for path, state in wanted.items() if state is None]
        put = [f"{state[1]:o} {state[0]}\t{path}\0" for path, state in wanted.items() if state is not None]
        rows = "".join(gone + put).encode("utf-8", "surrogateescape")
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                self._porcelain.stage(rows)
            except GitError as fault:
                if "index.lock" not in str(fault) or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return


def obstructed(blocked: Sequence[Obstacle]) -> str:
    """One message for people that names every obstacle."""
    rows = "\n".join(f"  {item.path} {item.why}" for item in blocked)
    return f"Changes in the checkout would be overwritten. Commit or stash them, then try again:\n{rows}"


def _staged(index: pygit2.Index, path: str) -> tuple[str, int] | None:
    return (str(index[path].id), int(index[path].mode)) if path in index else None


def _hashed(content: bytes) -> str:
    return str(pygit2.hash(content))
