"""The rate limit of one provider: how long the next call has to wait so that no minute sees more than allowed.

Generic cell rate algorithm (ITU-T I.371): one number is all the state.
"""

import threading
import time
from collections.abc import Callable

_BURST_S = 5.0


class Pace:
    """`per_minute` None: no limit. A burst of up to five seconds' worth (at least one call) goes at once."""

    def __init__(self, per_minute: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._every_s = 60.0 / per_minute if per_minute else 0.0
        self._clock = clock
        self._free_at = 0.0
        self._lock = threading.Lock()

    def take(self) -> float:
        """Take the next place; seconds until it comes, 0: now."""
        if not self._every_s:
            return 0.0
        with self._lock:
            at = self._clock()
            place = max(self._free_at, at - max(0.0, _BURST_S - self._every_s))
            self._free_at = place + self._every_s
            return max(0.0, place - at)
