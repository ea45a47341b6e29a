"""Trying again: which fault gets another try, after how long, within one deadline; every wait ends on `cancel`."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import tenacity

from frmo.errors import Interrupted
from frmo.gateway.fault import ProviderFault, Remedy

T = TypeVar("T")


@dataclass(frozen=True)
class Policy:
    """`tries` calls of up to `call_s` for a fault of the moment. Waits for quota use up none, but `max_wait_s` in all."""

    tries: int = 4
    call_s: float = 300.0
    backoff_s: float = 0.5
    backoff_max_s: float = 20.0
    overload_s: float = 2.0
    overload_max_s: float = 60.0
    max_wait_s: float = 900.0


STANDARD = Policy()


@dataclass(frozen=True)
class Tally:
    """Of one completion so far: failed tries, waits for quota or overload and their seconds."""

    tries: int = 0
    waits: int = 0
    waited_s: float = 0.0


def pause_s(fault: ProviderFault, tally: Tally, policy: Policy, left_s: float, jitter: float) -> float | None:
    """Seconds to wait before the next call, or None to give up. `tally` includes this fault; `jitter` in 0..1."""
    if fault.remedy is Remedy.WAIT:
        growing = min(policy.overload_max_s, policy.overload_s * 2 ** min(tally.waits - 1, 16))
        wait = fault.retry_after_s if fault.retry_after_s is not None else growing * (0.5 + jitter / 2)
        return wait if tally.waited_s + wait <= policy.max_wait_s else None
    if fault.remedy is not Remedy.RETRY or tally.tries >= policy.tries:
        return None
    growing = min(policy.backoff_max_s, policy.backoff_s * 2 ** min(tally.tries - 1, 16)) * jitter
    wait = max(fault.retry_after_s or 0.0, growing)
    return wait if wait < left_s else None


class Patience:
    """One completion's deadline and tally. Waiting for quota stops the deadline's clock."""

    def __init__(self, policy: Policy, deadline_s: float, cancel: threading.Event) -> None:
        self._policy, self._cancel = policy, cancel
        self._end = time.monotonic() + deadline_s
        self._tally = Tally()
        self._pause: float | None = None

    def left_s(self) -> float:
        """Seconds until the deadline, never below 0."""
        return max(0.0, self._end - time.monotonic())

    def call_s(self) -> float:
        """Seconds that the next call may take."""
        return min(self._policy.call_s, self.left_s())

    def calls(self, attempt: Callable[[], T], waiting: Callable[[ProviderFault, float], None]) -> T:
        """`attempt()` until it answers. `waiting` is told of each fault and the seconds before the next try.

        Raises the last ProviderFault, or Interrupted; anything that is not a ProviderFault passes through.
        """

        def judged() -> T:
            try:
                return attempt()
            except ProviderFault as fault:
                self._judge(fault)
                raise

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(ProviderFault),
            stop=lambda _state: self._pause is None,
            wait=lambda _state: self._pause or 0.0,
            before_sleep=lambda state: waiting(_fault(state), self._pause or 0.0),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(judged)

    def pause(self, seconds: float) -> bool:
        """Wait for a rate limit or a breaker, the deadline's clock stopped. False: that would be too long in all."""
        waited_s = self._tally.waited_s + seconds
        if waited_s > self._policy.max_wait_s:
            return False
        self._tally = replace(self._tally, waited_s=waited_s)
        self._end += seconds
        self._sleep(seconds)
        return True

    def _judge(self, fault: ProviderFault) -> None:
        """Count the fault and decide the pause after it, which stops the clock where it is for quota."""
        tally, waits = self._tally, fault.remedy is Remedy.WAIT
        tally = replace(tally, waits=tally.waits + waits, tries=tally.tries + (not waits))
        self._pause = pause_s(fault, tally, self._policy, self.left_s(), random.random())  # noqa: S311  spreads load
        if waits and self._pause is not None:
            self._end += self._pause
            tally = replace(tally, waited_s=tally.waited_s + self._pause)
        self._tally = tally

    def _sleep(self, seconds: float) -> None:
        if self._cancel.wait(seconds):
            raise Interrupted("cancelled while waiting to try again")


def _fault(state: tenacity.RetryCallState) -> ProviderFault:
    fault = state.outcome.exception() if state.outcome else None
    assert isinstance(fault, ProviderFault)
    return fault
