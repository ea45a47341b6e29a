"""Is a process tree above its memory limit? Cheap while far from it, exact near it."""

import os
import time
from collections.abc import Sequence

from frmo.sandbox.tree import Tree, free_memory, held_bytes, resident_bytes

_LOOK_AGAIN_S = 0.25


class MemoryGauge:
    """Resident pages first. Only when they pass the limit, the exact sum, which is dear, and not at every look.

    Between two exact sums what the tree holds can have grown by no more than its resident pages grew or, where forked
    pages are written to, the machine's free memory fell.
    """

    def __init__(self, tree: Tree, scratch_fds: Sequence[int], limit: int) -> None:
        self._tree, self._scratch, self._limit = tree, tuple(scratch_fds), limit
        self._held = self._resident = self._free = 0
        self._at = float("-inf")

    def over(self, pids: list[str]) -> bool:
        """True when the tree holds more than the limit now."""
        scratch = sum(_used(fd) for fd in self._scratch)
        resident = resident_bytes(self._tree, pids) + scratch
        if resident <= self._limit:
            return False
        free, now = free_memory(), time.monotonic()
        growth = max(0, resident - self._resident, self._free - free)
        if now - self._at < _LOOK_AGAIN_S and self._held + growth <= self._limit:
            return False
        self._held = held_bytes(self._tree, pids, self._limit - scratch) + scratch
        self._resident, self._free, self._at = resident, free, time.monotonic()
        return self._held > self._limit


def _used(fd: int) -> int:
    status = os.statvfs(fd)
    return (status.f_blocks - status.f_bfree) * status.f_frsize
