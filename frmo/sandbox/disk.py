"""How much a worktree has grown: bytes, files, and files that were removed but are still open."""

import os
import stat
import time
from pathlib import Path

from frmo.sandbox.tree import Tree

_DEEPEST = 128
_LOOK_AGAIN_S = 1.0


class TooDeep(Exception):
    """Folders in folders beyond any sense: treated as a full disk."""


class DiskGauge:
    """Walks the worktree at the start, then when the file system's free space says that it may have grown too much.

    A walk costs time in proportion to the files, the look at the free space nothing; so walks are paced by their cost.
    """

    def __init__(self, worktree: Path, tree: Tree, limit: int, inodes: int) -> None:
        self._fd = os.open(worktree, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._tree, self._device = tree, os.fstat(self._fd).st_dev
        self._bytes, self._inodes = usage(self._fd)
        self._most_bytes, self._most_inodes = self._bytes + limit, self._inodes + inodes
        self._free = self._free_now()
        self._walk_s, self._at = 0.0, time.monotonic()
        self.look_again_s = _LOOK_AGAIN_S

    def over(self, pids: list[str]) -> bool:
        """True when the worktree holds more than it may."""
        since, free = time.monotonic() - self._at, self._free_now()
        suspect = (
            self._bytes + self._free[0] - free[0] > self._most_bytes
            or self._inodes + self._free[1] - free[1] > self._most_inodes
        )
        if since < 5 * self._walk_s or not (suspect or since > max(self.look_again_s, 20 * self._walk_s)):
            return False
        began = time.monotonic()
        try:
            self._bytes, self._inodes = usage(self._fd)
        except TooDeep:
            return True
        if suspect:
            self._bytes += removed_bytes(self._tree, pids, self._device)
        self._free, self._at = free, time.monotonic()
        self._walk_s = self._at - began
        return self._bytes > self._most_bytes or self._inodes > self._most_inodes

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._fd)

    def _free_now(self) -> tuple[int, int]:
        status = os.fstatvfs(self._fd)
        return status.f_bfree * status.f_frsize, status.f_ffree


def usage(fd: int, depth: int = 0) -> tuple[int, int]:
    """Allocated bytes and entries below an open folder, following no link. Raises TooDeep."""
    if depth > _DEEPEST:
        raise TooDeep
    total, count = 0, 0
    with os.scandir(fd) as entries:
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
                count += 1
                total += status.st_blocks * 512 // max(1, status.st_nlink if stat.S_ISREG(status.st_mode) else 1)
                if stat.S_ISDIR(status.st_mode):
                    below = _usage_of(entry.name, fd, depth + 1)
                    total, count = total + below[0], count + below[1]
            except OSError:
                continue  # removed while we looked
    return total, count


def _usage_of(name: str, parent: int, depth: int) -> tuple[int, int]:
    fd = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        return usage(fd, depth)
    finally:
        os.close(fd)


def removed_bytes(tree: Tree, pids: list[str], device: int) -> int:
    """Space of files on `device` that no folder names any more but a process still has open or mapped."""
    seen: dict[int, int] = {}
    for pid in pids:
        names = names_in(tree.proc_fd, f"{pid}/fd")
        for name in names:
            try:
                status = os.stat(f"{pid}/fd/{name}", dir_fd=tree.proc_fd)
            except OSError:
                continue
            if status.st_nlink == 0 and status.st_dev == device and stat.S_ISREG(status.st_mode):
                seen[status.st_ino] = status.st_blocks * 512
    return sum(seen.values())


def names_in(parent: int, path: str) -> list[str]:
    """Names in a folder relative to an open one; none when it is gone."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=parent)
    except OSError:
        return []
    try:
        return os.listdir(fd)  # noqa: PTH208  a descriptor
    except OSError:
        return []
    finally:
        os.close(fd)
