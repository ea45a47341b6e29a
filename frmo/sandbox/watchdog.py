"""One thread that looks at every running program, at least twenty times a second, and ends those that broke a limit."""

import contextlib
import os
import threading
import time
from typing import Protocol

TICK_S = 0.05
_BUSY = 2  # looking may take a third of the thread's time, no more,
_PRESSED = 0.25  # unless something is about to break a limit


class Watched(Protocol):
    """What the watchdog needs to know of a running program."""

    @property
    def interval_s(self) -> float:
        """How often it has to be looked at."""

    @property
    def pressed(self) -> bool:
        """True when it may break a limit before the next usual look."""

    @property
    def finished(self) -> bool:
        """True when there is nothing left to look at."""

    def breach(self) -> str | None:
        """The status of `Ended` for the limit that is broken now."""

    def kill(self, status: str) -> None:
        """End the whole tree."""


class Watchdog:
    """The thread runs while there is something to watch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: list[Watched] = []
        self._thread: threading.Thread | None = None
        self._more = threading.Event()

    def add(self, watched: Watched) -> None:
        """Look at `watched` until it has finished."""
        with self._lock:
            self._watched.append(watched)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._serve, name="frmo-watchdog", daemon=True)
                self._thread.start()
        self._more.set()

    def _serve(self) -> None:
        hurry(threading.get_native_id())
        while True:
            with self._lock:
                self._watched = [item for item in self._watched if not item.finished]
                current = list(self._watched)
            if not current:
                self._more.wait()
            self._more.clear()
            began = time.monotonic()
            for item in current:
                _look(item)
            took = time.monotonic() - began
            shortest = min((item.interval_s for item in current), default=0.0)
            pause = _PRESSED if any(item.pressed for item in current) else _BUSY
            self._more.wait(min(TICK_S, max(shortest - took, took * pause)))


def _look(item: Watched) -> None:
    try:
        status = item.breach()
    except Exception:  # noqa: BLE001  the thread must go on for the others; what can't be watched may not run
        status = "cancelled"
    if status:
        item.kill(status)


def hurry(task: int) -> None:
    """Let the kernel prefer one thread or process, where we may ask for it (root): a fork bomb must not outrun it."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, task, -20)
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(task, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))


WATCHDOG = Watchdog()
