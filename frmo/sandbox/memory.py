"""Is a process tree above its memory limit? Cheap while far from it, exact near it."""

import os
import time
from collections.abc import Sequence

from frmo.sandbox.tree import Tree, free_memory, held_bytes, resident_bytes

_LOOK_AGAIN_S = 0.25
_NEWCOMERS_S = 0.05


class MemoryGauge:
    """Resident pages at every look; the exact sum, which is dear and waits for busy processes, only where it decides.

    Between two exact sums what the tree holds can have grown by no more than its resident pages grew or, where forked
    pages are written to, the machine's free memory fell; and by no less than the anonymous pages of the processes that
    were there both times grew, as nobody shares those yet.
    """

    def __init__(self, tree: Tree, scratch_fds: Sequence[int], limit: int) -> None:
        self._tree, self._scratch, self._limit = tree, tuple(scratch_fds), limit
        self._held = self._resident = self._free = self._used = 0
        self._own: dict[str, int] = {}
        self._at = float("-inf")
        self._last = (0, 0, time.monotonic())
        self.due_s = float("inf")

    def over(self, pids: list[str]) -> bool:
        """True when the tree holds more than the limit now. Sets `due_s`: look again before it could be."""
        scratch = sum(_used(fd) for fd in self._scratch)
        resident, own = resident_bytes(self._tree, pids)
        resident += scratch
        over = self._least(own, scratch) > self._limit or self._exactly(pids, resident, own, scratch)
        self._pace(resident, self._most(resident) if resident > self._limit else resident)
        return over

    def _exactly(self, pids: list[str], resident: int, own: dict[str, int], scratch: int) -> bool:
        if self._must_measure(resident, own):
            self._held = held_bytes(self._tree, pids, self._limit - scratch) + scratch
            self._resident, self._own, self._used = resident, own, scratch
            self._free, self._at = free_memory(), time.monotonic()
        return self._held > self._limit and resident > self._limit

    def _least(self, own: dict[str, int], scratch: int) -> int:
        if not self._own:
            return 0
        return self._held + min(0, scratch - self._used) + sum(own.get(pid, 0) - was for pid, was in self._own.items())

    def _most(self, resident: int) -> int:
        return self._held + max(0, resident - self._resident, self._free - free_memory())

    def _must_measure(self, resident: int, own: dict[str, int]) -> bool:
        age = time.monotonic() - self._at
        if resident > self._limit:
            return age > _LOOK_AGAIN_S or self._most(resident) > self._limit
        # Early, while it is quick: afterwards growth alone will tell.
        return resident > self._limit // 8 and age > _NEWCOMERS_S and not own.keys() <= self._own.keys()

    def _pace(self, resident: int, most: int) -> None:
        """Half the time that the growth since the last look needs to reach the limit."""
        free, now = free_memory(), time.monotonic()
        before, free_before, at = self._last
        self._last = (resident, free, now)
        growth = max(resident - before, free_before - free if resident > self._limit else 0)
        rate = growth / max(now - at, 1e-6)
        self.due_s = max(0.0, self._limit - most) / rate / 2 if rate > 0 else float("inf")


def _used(fd: int) -> int:
    status = os.statvfs(fd)
    return (status.f_blocks - status.f_bfree) * status.f_frsize
