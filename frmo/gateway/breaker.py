"""The circuit breaker of one provider: after an outage or a quota answer everybody waits, then one call probes.

Own code: the libraries run the guarded call under their lock (one call at a time), or have no lock at all, and none
takes the time to wait from the provider.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from frmo.gateway.fault import ProviderFault, Remedy


@dataclass(frozen=True)
class Limit:
    """`failures` in a row open the breaker for `open_s`, doubled each time a probe fails, up to `open_max_s`."""

    failures: int = 8
    open_s: float = 2.0
    open_max_s: float = 60.0


DEFAULT_LIMIT = Limit()


@dataclass(frozen=True)
class Circuit:
    """`until`: closed again at that monotonic time; `trips`: how often it opened since the last success."""

    failures: int = 0
    trips: int = 0
    until: float = 0.0


def after(circuit: Circuit, fault: ProviderFault | None, at: float, limit: Limit) -> Circuit:
    """The circuit after one call that ended at `at` (`fault` None: it answered)."""
    if fault is None:
        return Circuit()
    if fault.remedy is Remedy.WAIT:
        if fault.retry_after_s is None:  # no time was named: the caller backs off by itself, a row of them opens it
            return _failed(circuit, at, limit)
        return replace(circuit, until=max(circuit.until, at + fault.retry_after_s))
    if fault.remedy is Remedy.RETRY and fault.provider_fault:
        return _failed(circuit, at, limit)
    return Circuit()  # refused for what was asked: the provider is well


def _failed(circuit: Circuit, at: float, limit: Limit) -> Circuit:
    failures = circuit.failures + 1
    if failures < limit.failures and not circuit.trips:
        return replace(circuit, failures=failures)
    if at < circuit.until:  # a call that was under way when it opened says nothing new
        return circuit
    pause = min(limit.open_max_s, limit.open_s * 2 ** min(circuit.trips, 16))
    return Circuit(0, circuit.trips + 1, max(circuit.until, at + pause))


class Breaker:
    """Thread-safe. Between opening and the first success one call at a time goes through, as a probe."""

    def __init__(self, limit: Limit = DEFAULT_LIMIT, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._lock = threading.Lock()
        self._circuit = Circuit()
        self._probing = False

    def wait_s(self) -> float:
        """Seconds until a call makes sense; 0: now."""
        with self._lock:
            return max(0.0, self._circuit.until - self._clock())

    def admit(self) -> float:
        """0 when the caller may call now (and must report by `ended`), else seconds to wait before asking again."""
        with self._lock:
            left = self._circuit.until - self._clock()
            if left > 0:
                return left
            if self._circuit.trips == 0:
                return 0.0
            if self._probing:
                return 0.05
            self._probing = True
            return 0.0

    def ended(self, fault: ProviderFault | None, *, left: bool = False) -> None:
        """Report a call that was admitted. `left`: nobody waited for its end, so it says nothing."""
        with self._lock:
            self._probing = False
            if not left:
                self._circuit = after(self._circuit, fault, self._clock(), self._limit)
