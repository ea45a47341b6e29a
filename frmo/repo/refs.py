"""Refs of a repository: reading, and moving several at once by compare-and-swap."""

import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pygit2

from frmo.errors import GitError
from frmo.model.names import REF
from frmo.repo.handle import Handle, doing
from frmo.repo.locks import Locks
from frmo.repo.names import checked_ref, checked_revision, is_oid
from frmo.repo.shapes import RefUpdate

PATIENCE_S = 8.0
_BACKOFF_S = (0.002, 0.2)


class Refs:
    """Reads refs and moves them. Only `head` and `resolve` follow a symbolic ref."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._locks = Locks(handle.git_dir)

    def resolve(self, revision: str) -> str | None:
        """Oid of the commit that `revision` names, or None. Raises GitError for what is no plain revision."""
        try:
            found = self._handle.git.revparse_single(checked_revision(revision))
            return str(found.peel(pygit2.Commit).id)
        except (KeyError, ValueError, pygit2.GitError):
            return None

    def head(self) -> str | None:
        """Oid of the checked-out commit; None before the first one."""
        git = self._handle.git
        return None if git.head_is_unborn else str(git.head.target)

    def head_branch(self) -> str | None:
        """Short name of the checked-out branch (also one without commits); None when HEAD is detached."""
        target = self._handle.git.lookup_reference("HEAD").raw_target
        name = target.decode("utf-8", "replace") if isinstance(target, bytes) else ""
        return name.removeprefix("refs/heads/") or None

    def ref(self, name: str) -> str | None:
        """Oid that `name` points to, or None."""
        found = self._handle.git.references.get(checked_ref(name))
        return str(found.resolve().target) if found is not None else None

    def refs(self, prefix: str) -> list[tuple[str, str]]:
        """(name, oid) of every ref whose name begins with `prefix`, sorted by name."""
        loose = _loose(self._handle.git_dir, prefix)  # first: a ref that is packed meanwhile is then found there
        return sorted((_packed(self._handle.git_dir, prefix) | loose).items())

    def swap(self, updates: Sequence[RefUpdate], message: str = "frmo", patience_s: float = PATIENCE_S) -> bool:
        """Move all refs or none. False when one of them is not at its old value.

        GitError when a lock stays taken for `patience_s`. Two refs are two renames: a power cut may come between them, so
        whoever moves two says in which order that is harmless, and calls twice.
        """
        for item in updates:
            checked_ref(item.name)
            if item.new is not None and item.new not in self._handle.git:
                raise GitError(f"{item.name} can't point to {item.new[:60]!r}: there is no such object.")
        with doing("write to the disk"):
            self._handle.unsynced.flush()
        pending = list(updates)
        deadline = time.monotonic() + patience_s
        with self._locks.held([item.name for item in updates], patience_s) as watch:
            while True:
                try:
                    return self._swap(pending, message)
                except pygit2.GitError as fault:
                    cleared = watch.clear()
                    if time.monotonic() > deadline and not cleared:
                        raise GitError(f"Could not move {', '.join(item.name for item in updates)}: {fault}") from None
                    # What a half-failed transaction did move is done: nobody else could, we hold the locks.
                    pending = [item for item in pending if item.new == item.old or self.ref(item.name) != item.new]
                time.sleep(random.uniform(_BACKOFF_S[0], _BACKOFF_S[0] * 10))  # noqa: S311  jitter

    def swap_with_retry(
        self, updates: Callable[[], Sequence[RefUpdate] | None], message: str = "frmo", patience_s: float = 60.0
    ) -> bool:
        """Swap what `updates()` builds, and build anew after each lost race. False when it builds None: no need.

        Back-off with full jitter, 2 to 200 ms, so that no writer of a hot ref starves. GitError when `patience_s` is up.
        """
        deadline = time.monotonic() + patience_s
        ceiling = _BACKOFF_S[0]
        while time.monotonic() < deadline:
            built = updates()
            if built is None:
                return False
            if self.swap(built, message):
                return True
            time.sleep(random.uniform(0, ceiling))  # noqa: S311  jitter
            ceiling = min(ceiling * 2, _BACKOFF_S[1])
        raise GitError(f"A ref is moved by others all the time; gave up after {patience_s:.0f} s.")

    def _swap(self, updates: Sequence[RefUpdate], message: str) -> bool:
        ours = all(REF.fullmatch(item.name) for item in updates)
        with (self._handle.quiet if ours else self._handle.git).transaction() as transaction:
            for item in sorted(updates, key=lambda item: item.name):
                transaction.lock_ref(item.name)
            if any(self.ref(item.name) != item.old for item in updates):
                return False
            for item in updates:
                if item.new is None and item.old is not None:
                    transaction.remove(item.name)
                elif item.new is not None and item.new != item.old:
                    transaction.set_target(item.name, item.new, message=message)
        return True


def _loose(git_dir: Path, prefix: str) -> dict[str, str]:
    """Refs kept as one file each below the folder that `prefix` names."""
    folder = prefix.rsplit("/", 1)[0]
    found = {}
    for place, _, names in os.walk(git_dir / folder):
        for name in names:
            ref = f"{Path(place).relative_to(git_dir).as_posix()}/{name}"
            if ref.startswith(prefix) and not name.endswith(".lock"):
                oid = _content(Path(place) / name)
                if is_oid(oid):
                    found[ref] = oid
    return found


def _packed(git_dir: Path, prefix: str) -> dict[str, str]:
    try:
        lines = (git_dir / "packed-refs").read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    rows = (line.split(" ", 1) for line in lines if line[:1] not in ("#", "^"))
    return {row[1]: row[0] for row in rows if len(row) == 2 and row[1].startswith(prefix)}


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except (FileNotFoundError, NotADirectoryError):  # deleted or packed while we looked
        return ""
