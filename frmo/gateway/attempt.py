"""One completion being made: each call reserved, timed, checked and settled, until one answers or none can."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from frmo.errors import BudgetExceeded, CompletionFailed, FrmoError, Interrupted, ProviderUnavailable
from frmo.gateway.budget import Book, Hold
from frmo.gateway.caller import Spend
from frmo.gateway.fault import ProviderFault, Remedy
from frmo.gateway.provider import Provider
from frmo.gateway.reply import check
from frmo.gateway.retry import Patience
from frmo.gateway.transcript import Call, Record
from frmo.model.completion import Completion
from frmo.model.state import Tokens


@dataclass
class Attempt:
    """Fills `record.calls` on the way. `waiting` is told of each fault that gets another try."""

    provider: Provider
    book: Book
    record: Record
    patience: Patience
    cancel: threading.Event
    now: Callable[[], float]
    waiting: Callable[[ProviderFault, float], None]

    def complete(self) -> Completion:
        """The first usable reply; its cost and tokens include what lost calls were charged."""
        began = time.monotonic()
        try:
            reply = self.patience.calls(self._call, self._pausing)
        except ProviderFault as fault:
            raise failure(fault, self.provider) from fault
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
            raise ProviderFault("deadline", "no time left before the deadline", Remedy.GIVE_UP, spent=Spend())
        hold = self._reserve(left_s)
        started, began = self.now(), time.monotonic()
        code, message, spent = "lost", "", None  # of a call that ends by an exception nobody foresaw
        try:
            reply = self.provider.complete(
                self.record.request, self.record.caller, min(left_s, hold.seconds_left or left_s), self.cancel
            )
            spent = Spend(reply.cost_usd, reply.tokens.total)
            check(self.record.request, reply)
            code = "ok"
        except ProviderFault as fault:
            code, message, spent = fault.code, fault.message, fault.spent
            raise
        except Interrupted:
            code = "cancelled"
            raise
        finally:
            charged = self.book.settle(hold, spent)
            duration = time.monotonic() - began
            number = len(self.record.calls) + 1
            self.record.calls.append(
                Call(number, started, duration, code, message, cost_usd=charged.usd, tokens=charged.tokens)
            )
        return reply

    def _reserve(self, left_s: float) -> Hold:
        """Room for the ceiling by size; where that doesn't fit, for the provider's own count."""
        task, request = self.record.caller.task, self.record.request
        ceiling = self.provider.ceiling(request)
        try:
            return self.book.reserve(task, ceiling, self.cancel, left_s)
        except BudgetExceeded:
            counted = self.provider.counted(request)
            if counted.usd >= ceiling.usd and counted.tokens >= ceiling.tokens:
                raise
            return self.book.reserve(task, counted, self.cancel, left_s)

    def _pausing(self, fault: ProviderFault, wait_s: float) -> None:
        if self.record.calls:
            self.record.calls[-1] = replace(self.record.calls[-1], wait_s=wait_s)
        self.waiting(fault, wait_s)


def failure(fault: ProviderFault, provider: Provider) -> FrmoError:
    """The error that callers see for a fault that nothing helped against."""
    who = f"{provider.kind} ({provider.model})"
    if fault.remedy is Remedy.WAIT:
        until = f", which asks to wait {fault.retry_after_s:.0f} s" if fault.retry_after_s is not None else ""
        return BudgetExceeded("quota", f"{who}: quota or overload{until}: {fault.message}; run again later")
    if fault.remedy is Remedy.SET_UP:
        return ProviderUnavailable(f"{who}: {fault.message}")
    return CompletionFailed(fault.code, f"{who}: {fault.message}", provider_fault=fault.provider_fault)
