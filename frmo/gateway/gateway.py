"""The gateway: the one way to a model. Reserve, call, check, settle, retry, record."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from frmo.errors import FrmoError
from frmo.gateway.attempt import Attempt
from frmo.gateway.budget import Book
from frmo.gateway.caller import NOTHING, Caller, Spend
from frmo.gateway.fault import ProviderFault
from frmo.gateway.kinds import Providers
from frmo.gateway.redact import Redactor
from frmo.gateway.request import checked
from frmo.gateway.retry import STANDARD, Patience, Policy
from frmo.gateway.transcript import Record
from frmo.model.completion import Completion, CompletionRequest
from frmo.model.task import Budget

Sink = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Notice:
    """Something a person waiting may want to see. `code`: the fault; `wait_s`: seconds until the next call."""

    caller: Caller
    code: str
    message: str
    wait_s: float


def silent(_notice: Notice) -> None:
    """Nobody is watching."""


class Gateway:
    """Makes completions for agents. Thread-safe. Closing it ends what its providers started."""

    def __init__(
        self,
        providers: Providers,
        book: Book,
        *,
        now: Callable[[], float],
        redactor: Redactor | None = None,
        policy: Policy = STANDARD,
        notice: Callable[[Notice], None] = silent,
    ) -> None:
        self._providers = providers
        self._book = book
        self._now = now
        self._redactor = redactor or Redactor()
        self._policy = policy
        self._notice = notice

    def complete(
        self,
        request: CompletionRequest,
        caller: Caller,
        *,
        deadline_s: float = 600.0,
        cancel: threading.Event | None = None,
        sink: Sink | None = None,
    ) -> Completion:
        """A whole reply. `sink` gets the redacted transcript, also of a failure, before this returns or raises.

        Cost and tokens of the reply include lost calls that had to be charged. `deadline_s` leaves out waits for quota.
        Raises BudgetExceeded (scope task, run, day, or `quota` when waiting for that took too long), CompletionFailed,
        ProviderUnavailable, and Interrupted soon after `cancel` is set.
        """
        cancel = cancel or threading.Event()
        provider = self._providers.open(caller.kind, caller.model)
        record = Record(caller, checked(request), provider.kind, provider.model)
        attempt = Attempt(
            provider=provider,
            book=self._book,
            record=record,
            patience=Patience(self._policy, deadline_s, cancel),
            cancel=cancel,
            now=self._now,
            waiting=lambda fault, wait_s: self._tell(caller, fault, wait_s),
        )
        try:
            record.completion = attempt.complete()
            return record.completion
        except FrmoError as error:
            code = getattr(error, "code", type(error).__name__)
            record.failure = {"code": code, "message": str(error)}
            raise
        finally:
            if sink is not None:
                sink(record.to_data(self._redactor))

    def prepare(self, kind: str, model: str | None = None) -> str:
        """Open a kind's provider ahead and give its model's name. Raises ProviderUnavailable or UsageFault as it comes."""
        return self._providers.open(kind, model).model

    def open_task(self, task: str, budget: Budget, spent: Spend = NOTHING) -> None:
        """Give a task its own limits and what its run spent before; without this the default task budget applies."""
        self._book.open_task(task, budget, spent)

    def spent(self, task: str | None = None) -> Spend:
        """What a task has spent, failed calls included; None: all tasks of this gateway."""
        return self._book.spent(task)

    def close(self) -> None:
        """End what providers started (the local server). Safe to call twice."""
        self._providers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _tell(self, caller: Caller, fault: ProviderFault, wait_s: float) -> None:
        self._notice(Notice(caller, fault.code, self._redactor.text(fault.message), wait_s))
