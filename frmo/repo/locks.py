"""Who may move a ref: kernel locks that die with their holder, and what a killed holder left behind.

git's own `<ref>.lock` file outlives a process that is killed. So every frmo process first takes a `flock` for the ref,
which the kernel drops at death: whoever has it knows that no living frmo process holds the ref's lock file.
"""

import contextlib
import fcntl
import os
import random
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from frmo.errors import GitError
from frmo.model.names import REF

_SHARDS = 64
_LEFT_AFTER_S = 1.0


class Locks:
    """The locks of one repository, in `<git dir>/frmo/locks/`. Safe across threads, processes and NFS clients."""

    def __init__(self, git_dir: Path) -> None:
        self._git_dir = git_dir
        self._folder = git_dir / "frmo" / "locks"

    @contextlib.contextmanager
    def held(self, names: Sequence[str], patience_s: float) -> Iterator["Watch"]:
        """Hold the locks for `names` (refs, or any word). GitError when one stays taken for `patience_s`."""
        deadline = time.monotonic() + patience_s
        with contextlib.ExitStack() as stack:
            watch = Watch(self._git_dir)
            for shard in sorted({zlib.crc32(name.encode()) % _SHARDS for name in names}):
                mine = [name for name in names if zlib.crc32(name.encode()) % _SHARDS == shard]
                descriptor = self._open(shard)
                stack.callback(os.close, descriptor)
                _take(descriptor, deadline, mine)
                stack.callback(fcntl.flock, descriptor, fcntl.LOCK_UN)
                watch.note(descriptor, mine)
                stack.callback(os.ftruncate, descriptor, 0)
            yield watch

    def _open(self, shard: int) -> int:
        path = self._folder / f"{shard:02x}"
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        try:
            return os.open(path, flags, 0o666)
        except FileNotFoundError:
            self._folder.mkdir(parents=True, exist_ok=True)
            return os.open(path, flags, 0o666)
        except OSError as fault:
            raise GitError(f"Can't write {path}: {fault.strerror}. Is the repository read-only?") from None


class Watch:
    """Looks at git's lock files of refs whose kernel lock we hold, and removes those that a dead process left."""

    def __init__(self, git_dir: Path) -> None:
        self._git_dir = git_dir
        self._ours: set[str] = set()
        self._seen: dict[Path, tuple[tuple[int, int], float]] = {}

    def note(self, descriptor: int, names: Sequence[str]) -> None:
        """Read which refs the last holder was moving (left there if it died), and write down which we will."""
        interrupted = os.pread(descriptor, 1 << 16, 0).decode("utf-8", "replace").split("\n")
        self._ours.update(name for name in names if name in interrupted or REF.fullmatch(name))
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, "\n".join(names).encode(), 0)

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
                raise GitError(f"Another frmo process is holding {', '.join(names)} and does not let go.") from None
            time.sleep(random.uniform(0.0002, 0.004))  # noqa: S311  jitter
        else:
            return
