"""Calls that can be left: a blocking call runs in a thread of its own, so a deadline or a cancel never waits for it."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from frmo.errors import FrmoError, Interrupted
from frmo.gateway.fault import ProviderFault

T = TypeVar("T")
_POLL_S = 0.2
MAX_REPLY_BYTES = 64 << 20


class Left(threading.Event):
    """Set when nobody waits for the call any more: it should end at its next chunk."""


def interruptible(call: Callable[[Left], T], timeout_s: float, cancel: threading.Event) -> T:
    """`call(left)`'s result. Raises what it raised, ProviderFault `timeout`, or Interrupted.

    An exception of no known class becomes the retryable ProviderFault `unknown`.
    """
    left, done = Left(), threading.Event()
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call(left))
        except (FrmoError, ProviderFault) as error:
            errors.append(error)
        except Exception as error:  # noqa: BLE001  the outermost frame of this thread: whatever it is, the waiting one decides
            errors.append(ProviderFault("unknown", f"{type(error).__name__}: {error}"))
        finally:
            done.set()

    threading.Thread(target=run, name="frmo-call", daemon=True).start()
    end = time.monotonic() + timeout_s
    try:
        while not done.wait(min(_POLL_S, max(0.0, end - time.monotonic()))):
            if cancel.is_set():
                raise Interrupted("cancelled during a completion")
            if time.monotonic() >= end:
                raise ProviderFault("timeout", f"no whole reply within {timeout_s:.1f} s")
    finally:
        left.set()
    if errors:
        raise errors[0]
    return results[0]


def gathered(chunks: Iterable[bytes], left: Left) -> bytes:
    """All of a body, unless nobody waits for it any more or it grows beyond every sensible reply."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if left.is_set():
            raise ProviderFault("timeout", "left while the reply was still coming")
        if len(body) > MAX_REPLY_BYTES:
            raise ProviderFault("too-large", f"the reply passed {MAX_REPLY_BYTES} bytes")
    return bytes(body)
