"""One completion being made: each call reserved, timed, checked and settled, until one answers or none can."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from frmo.errors import BudgetExceeded, CompletionFailed, FrmoError, Interrupted, ProviderUnavailable
from frmo.gateway.budget import Book, Hold
from frmo.gateway.caller import NOTHING, Spend
from frmo.gateway.fault import ProviderFault, Remedy
from frmo.gateway.kinds import Line
from frmo.gateway.provider import Provider
from frmo.gateway.reply import check
from frmo.gateway.retry import Patience
from frmo.gateway.transcript import Call, Record
from frmo.model.completion import Completion
from frmo.model.state import Tokens

_VISIBLE_S = 0.5


@dataclass
class Attempt:
    """Fills `record.calls` on the way. `waiting` is told of each fault that gets another try."""

    line: Line
    book: Book
    record: Record
    patience: Patience
    cancel: threading.Event
    now: Callable[[], float]
    redact: Callable[[str], str]
    waiting: Callable[[ProviderFault, float], None]

    def complete(self) -> Completion:
        """The first usable reply; its cost and tokens include what lost calls were charged."""
        began = time.monotonic()
        try:
            reply = self.patience.calls(self._call, self._pausing)
        except ProviderFault as fault:
            raise failure(fault, self.line.provider, self.redact) from fault
        lost = self.record.calls[:-1]
        return replace(
            reply,
            tokens=reply.tokens + Tokens(input=sum(call.tokens for call in lost)),
            cost_usd=reply.cost_usd + sum(call.cost_usd for call in lost),
            duration_s=time.monotonic() - began,
        )

    def _call(self) -> Completion:
        if self.cancel.is_set():
            raise Interrupted("cancelled before a completion")
        left_s = self.patience.left_s()
        if left_s <= 0:
            raise ProviderFault("deadline", "no time left before the deadline", Remedy.GIVE_UP, spent=NOTHING)
        hold = self._reserve(left_s)
        try:
            self._admitted()
        except BaseException:
            self.book.settle(hold, NOTHING)
            raise
        return self._made(hold)

    def _made(self, hold: Hold) -> Completion:
        """The call itself, charged and recorded however it ends."""
        started, began = self.now(), time.monotonic()
        code, message, spent, fault = "lost", "", None, None  # of a call that ends by an exception nobody foresaw
        seconds_left = self.book.begin(hold)
        timeout_s = self.patience.call_s() if seconds_left is None else min(self.patience.call_s(), seconds_left)
        try:
            reply = self.line.provider.complete(self.record.request, self.record.caller, timeout_s, self.cancel)
            spent = Spend(reply.cost_usd, reply.tokens.total)
            check(self.record.request, reply)
            code = "ok"
        except ProviderFault as error:
            fault, code, message, spent = error, error.code, error.message, error.spent
            raise
        except Interrupted:
            code = "cancelled"
            raise
        finally:
            self.line.breaker.ended(fault, left=code in ("cancelled", "lost"))
            charged = self.book.settle(hold, spent)
            duration = time.monotonic() - began
            number = len(self.record.calls) + 1
            self.record.calls.append(
                Call(number, started, duration, code, message, cost_usd=charged.usd, tokens=charged.tokens)
            )
        return reply

    def _admitted(self) -> None:
        """Wait for the rate limit and the breaker; the reservation is kept, the clock of the budget not started."""
        if wait_s := self.line.pace.take():
            self._hold_on(ProviderFault("rate-limit", "calls are paced by requests_per_minute", Remedy.WAIT), wait_s)
        while wait_s := self.line.breaker.admit():
            self._hold_on(ProviderFault("breaker-open", "other calls found it overloaded or down", Remedy.WAIT), wait_s)

    def _hold_on(self, fault: ProviderFault, wait_s: float) -> None:
        if wait_s >= _VISIBLE_S:
            self.waiting(fault, wait_s)
        if not self.patience.pause(wait_s):
            raise failure(fault, self.line.provider, self.redact)

    def _reserve(self, left_s: float) -> Hold:
        """Room for the ceiling by size; where that doesn't fit, for the provider's own count."""
        task, request = self.record.caller.task, self.record.request
        ceiling = self.line.provider.ceiling(request)
        try:
            return self.book.reserve(task, ceiling, self.cancel, left_s)
        except BudgetExceeded:
            counted = self.line.provider.counted(request)
            if counted.usd >= ceiling.usd and counted.tokens >= ceiling.tokens:
                raise
            return self.book.reserve(task, counted, self.cancel, left_s)

    def _pausing(self, fault: ProviderFault, wait_s: float) -> None:
        if self.record.calls:
            self.record.calls[-1] = replace(self.record.calls[-1], wait_s=wait_s)
        self.waiting(fault, wait_s)


def failure(fault: ProviderFault, provider: Provider, redact: Callable[[str], str]) -> FrmoError:
    """The error that callers see for a fault that nothing helped against."""
    message = redact(fault.message)
    who = f"{provider.kind} ({provider.model})"
    if fault.remedy is Remedy.WAIT:
        until = f", which asks to wait {fault.retry_after_s:.0f} s" if fault.retry_after_s is not None else ""
        return BudgetExceeded("quota", f"{who}: quota or overload{until}: {message}; run again later")
    if fault.remedy is Remedy.SET_UP:
        return ProviderUnavailable(f"{who}: {message}")
    return CompletionFailed(fault.code, f"{who}: {message}", provider_fault=fault.provider_fault)
