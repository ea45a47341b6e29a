"""Who may move a ref: kernel locks that die with their holder, and what a killed holder left behind.

git's own `<ref>.lock` file outlives a process that is killed. So every frmo process first takes a `flock` for the ref,
which the kernel drops at death: whoever has it knows that no living frmo process holds the ref's lock file.
"""

import contextlib
import fcntl
import os
import random
import threading
import time
import weakref
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from frmo.errors import GitError
from frmo.model.names import REF

_SHARDS = 64
_LEFT_AFTER_S = 1.0


@dataclass
class _Shard:
    """One lock file. The thread lock keeps out this process's other threads, the kernel's lock other processes."""

    descriptor: int
    threads: threading.Lock = field(default_factory=threading.Lock)


class Locks:
    """The locks of one repository, in `<git dir>/frmo/<kind>/`. Safe across threads, processes and NFS clients.

    Whoever holds a lock of one kind may take those of another kind, never more of the same.
    """

    def __init__(self, git_dir: Path, kind: str = "locks") -> None:
        self._git_dir = git_dir
        self._folder = git_dir / "frmo" / kind
        self._opening = threading.Lock()
        self._shards: dict[int, _Shard] = {}
        self._pid = os.getpid()
        weakref.finalize(self, _close, self._shards)

    @contextlib.contextmanager
    def held(self, names: Sequence[str], patience_s: float) -> Iterator["Watch"]:
        """Hold the locks for `names` (refs, or any word). GitError when one stays taken for `patience_s`."""
        deadline = time.monotonic() + patience_s
        by_shard: dict[int, list[str]] = {}
        for name in names:
            by_shard.setdefault(zlib.crc32(name.encode()) % _SHARDS, []).append(name)
        watch = Watch(self._git_dir)
        with contextlib.ExitStack() as stack:
            for number in sorted(by_shard):  # one order for all, so that nobody waits in a circle
                mine, shard = by_shard[number], self._shard(number)
                if not shard.threads.acquire(timeout=max(0.0, deadline - time.monotonic())):
                    raise _taken(mine)
                stack.callback(shard.threads.release)
                _take(shard.descriptor, deadline, mine)
                stack.callback(fcntl.flock, shard.descriptor, fcntl.LOCK_UN)
                if watch.note(shard.descriptor, mine):
                    stack.callback(os.ftruncate, shard.descriptor, 0)
            yield watch

    def _shard(self, number: int) -> _Shard:
        with self._opening:
            if self._pid != os.getpid():  # a forked child would share its parent's locks
                self._shards.clear()
                self._pid = os.getpid()
            if number not in self._shards:
                self._shards[number] = _Shard(self._open(number))
            return self._shards[number]

    def _open(self, number: int) -> int:
        path = self._folder / f"{number:02x}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except OSError as fault:
            raise GitError(f"Can't write {path}: {fault.strerror}. Is the repository read-only?") from None


class Watch:
    """Looks at git's lock files of refs whose kernel lock we hold, and removes those that a dead process left."""

    def __init__(self, git_dir: Path) -> None:
        self._git_dir = git_dir
        self._ours: set[str] = set()
        self._seen: dict[Path, tuple[tuple[int, int], float]] = {}

    def note(self, descriptor: int, names: Sequence[str]) -> bool:
        """Know which refs are frmo's own. For others read which the last holder was moving, if it died over them, and
        write down which we will; True when something was written down.
        """
        others = [name for name in names if not REF.fullmatch(name)]
        self._ours.update(name for name in names if name not in others)
        if not others:
            return False
        interrupted = os.pread(descriptor, 1 << 16, 0).decode("utf-8", "replace").split("\n")
        self._ours.update(name for name in others if name in interrupted)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, "\n".join(others).encode(), 0)
        return True

    def clear(self) -> bool:
        """Remove lock files unchanged for a second; True when one went.

        Only of frmo's own refs, which git itself holds for milliseconds, and of refs that a frmo process was moving
        when it died. Anything else is somebody's work in progress.
        """
        return sum(self._cleared(self._git_dir / f"{name}.lock") for name in self._ours) > 0

    def _cleared(self, path: Path) -> bool:
        try:
            found = path.stat()
        except OSError:
            return False
        identity = (found.st_ino, found.st_mtime_ns)
        known, since = self._seen.get(path, (identity, time.monotonic()))
        if known != identity:
            since = time.monotonic()
        self._seen[path] = (identity, since)
        if time.monotonic() - since < _LEFT_AFTER_S:
            return False
        path.unlink(missing_ok=True)
        return True


def _take(descriptor: int, deadline: float, names: Sequence[str]) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise _taken(names) from None
            time.sleep(random.uniform(0.0002, 0.004))  # noqa: S311  jitter
        else:
            return


def _taken(names: Sequence[str]) -> GitError:
    return GitError(f"Another frmo process is holding {', '.join(names)} and does not let go.")


def _close(shards: dict[int, _Shard]) -> None:
    for shard in shards.values():
        with contextlib.suppress(OSError):
            os.close(shard.descriptor)
