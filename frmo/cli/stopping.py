"""Ctrl-C and SIGTERM: the first asks the worker to hand back, the second ends at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from frmo.cli.output import note


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that is set when the person wants to stop. Old handlers come back afterwards."""
    stop = threading.Event()

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()
        note("frmo: stopping; what is committed stays, the rest is handed back. Once more ends at once.")

    old = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
