"""How hard writes are pushed to the disk before a call is answered, and how that is made cheap.

libgit2 can fsync every object as it writes it, one after the other: a step then costs two dozen waits for the disk.
Nothing needs an object to be safe before a ref points to it, so objects are written at once and made safe together,
in parallel, right before a ref moves. The kernel answers parallel fsyncs with one or two commits of its journal, and
writers that come while one is waiting share the next. Refs are fsynced by libgit2 itself.
"""

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pygit2
from pygit2.enums import Option

_THREADS = 16


class _Mode:
    """The process's choice, and the switch in libgit2 that is on only while refs are opened or a merge is written."""

    def __init__(self) -> None:
        self.full = True
        self._lock = threading.Lock()
        self._users = 0

    @contextlib.contextmanager
    def libgit2_syncs(self) -> Iterator[None]:
        """libgit2 fsyncs what it writes, and what is opened now keeps doing so for refs."""
        if not self.full:
            yield
            return
        self._count(+1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, step: int) -> None:
        with self._lock:
            self._users += step
            pygit2.option(Option.ENABLE_FSYNC_GITDIR, self._users > 0)


MODE = _Mode()


def set_durability(mode: str) -> None:
    """`full`: nothing is acknowledged before it is on the disk. `fast`: the operating system decides when.

    One choice per process, made before repositories are opened: libgit2 keeps its part of it per opened repository.
    """
    if mode not in ("full", "fast"):
        raise ValueError(f"durability is 'full' or 'fast', not {mode!r}")
    MODE.full = mode == "full"


class Unsynced:
    """Objects written to one repository since they were last made safe. Shared by all threads of the process."""

    def __init__(self, git_dir: Path) -> None:
        self._objects = git_dir / "objects"
        self._pending: list[pygit2.Oid] = []
        self._written = 0
        self._safe = 0
        self._note = threading.Lock()
        self._flush = threading.Lock()

    def add(self, oid: pygit2.Oid) -> None:
        """An object that was just written, or found to be there already."""
        if MODE.full:
            with self._note:
                self._pending.append(oid)
                self._written += 1

    def flush(self) -> None:
        """Return when everything added so far is on the disk. Who waits for another's flush may find its work done."""
        wanted = self._written
        if self._safe >= wanted:
            return
        with self._flush:
            if self._safe >= wanted:
                return
            with self._note:
                batch, self._pending, upto = self._pending, [], self._written
            files = {self._objects / text[:2] / text[2:] for text in map(str, batch)}
            try:
                _sync({*files, *(file.parent for file in files), self._objects})
            except BaseException:
                with self._note:  # not safe yet: the next flush has to try again
                    self._pending = batch + self._pending
                raise
            self._safe = upto


_pool: tuple[int, ThreadPoolExecutor] | None = None
_pool_lock = threading.Lock()


def _sync(paths: Iterable[Path]) -> None:
    wanted = list(paths)
    try:
        waiting = [_threads().submit(_fsync, path) for path in wanted]
    except RuntimeError:  # the interpreter is shutting down and starts no more threads
        waiting = []
        for path in wanted:
            _fsync(path)
    for future in waiting:
        future.result()


def _threads() -> ThreadPoolExecutor:
    """This process's threads; a forked child inherits none, so it gets its own."""
    global _pool  # noqa: PLW0603  one pool per process
    with _pool_lock:
        if _pool is None or _pool[0] != os.getpid():
            _pool = (os.getpid(), ThreadPoolExecutor(_THREADS, "frmo-fsync"))
        return _pool[1]


def _fsync(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:  # it was in a pack already, or has been packed meanwhile
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
