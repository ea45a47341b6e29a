"""The gateway: the one way to a model: kill switch, cache, then an attempt within budget, and the transcript."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from frmo.errors import FrmoError, SwitchedOff
from frmo.gateway.attempt import Attempt
from frmo.gateway.budget import Book
from frmo.gateway.caller import NOTHING, Caller, Spend
from frmo.gateway.fault import ProviderFault
from frmo.gateway.kinds import Providers
from frmo.gateway.recording import Shelf, cache_key, completion_from, request_hash, sample_of, worth_keeping
from frmo.gateway.redact import Redactor
from frmo.gateway.request import checked
from frmo.gateway.retry import STANDARD, Patience, Policy
from frmo.gateway.transcript import Record
from frmo.model.completion import Completion, CompletionRequest
from frmo.model.state import Tokens
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


def nothing_stopped(_name: str) -> str | None:
    """No kill switch is off."""
    return None


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
        stopped: Callable[[str], str | None] = nothing_stopped,
        cache: Shelf | None = None,
        recorder: Shelf | None = None,
    ) -> None:
        """`stopped(name)`: why the switch `agent-<kind>` is off, or None. `cache` is read and written, `recorder` written."""
        self._providers = providers
        self._book = book
        self._now = now
        self._redactor = redactor or Redactor()
        self._policy = policy
        self._notice = notice
        self._stopped = stopped
        self._cache = cache
        self._recorder = recorder

    def complete(
        self,
        request: CompletionRequest,
        caller: Caller,
        *,
        deadline_s: float = 600.0,
        cancel: threading.Event | None = None,
        sink: Sink | None = None,
        use_cache: bool = True,
    ) -> Completion:
        """A whole reply. `sink` gets the redacted transcript, also of a failure, before this returns or raises.

        Cost and tokens of the reply include lost calls that had to be charged; a cached reply has none of either.
        `deadline_s` leaves out waits for quota. `use_cache` False (trials): a fresh reply, which is not kept either.
        Raises BudgetExceeded (scope task, run, day, or `quota` when waiting for that took too long), CompletionFailed,
        ProviderUnavailable, and Interrupted soon after `cancel` is set.
        """
        cancel = cancel or threading.Event()
        line = self._providers.open(caller.kind, caller.model)
        record = Record(caller, checked(request), line.provider.kind, line.provider.model)
        shelf = self._cache if use_cache else None
        attempt = Attempt(
            line=line,
            book=self._book,
            record=record,
            patience=Patience(self._policy, deadline_s, cancel),
            cancel=cancel,
            now=self._now,
            redact=self._redactor.text,
            waiting=lambda fault, wait_s: self._tell(caller, fault, wait_s),
        )
        try:
            for kind in {caller.kind, line.provider.kind}:
                self._refuse_stopped(kind)
            record.completion = _kept(shelf, record) or self._keep(attempt.complete(), shelf, record)
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
        return self._providers.open(kind, model).provider.model

    def blocked_s(self, kind: str, model: str | None = None) -> float:
        """Seconds for which starting new work with this model makes no sense: its breaker is open. 0: go on."""
        return self._providers.open(kind, model).breaker.wait_s()

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

    def _refuse_stopped(self, kind: str) -> None:
        name = f"agent-{kind}"
        if why := self._stopped(name):
            raise SwitchedOff(f"the kill switch {name} is off: {why}; to go on: frmo switch {name} on --why …")

    def _keep(self, completion: Completion, shelf: Shelf | None, record: Record) -> Completion:
        """`completion` itself, put into cache and recording where it may be."""
        if (shelf or self._recorder) and worth_keeping(completion, self._redactor):
            if shelf is not None:
                shelf.put(_key(record), completion.to_data())
            if self._recorder is not None:
                self._recorder.put(request_hash(record.request), completion.to_data())
        return completion

    def _tell(self, caller: Caller, fault: ProviderFault, wait_s: float) -> None:
        self._notice(Notice(caller, fault.code, self._redactor.text(fault.message), wait_s))


def _kept(shelf: Shelf | None, record: Record) -> Completion | None:
    """The cached reply, free of cost and tokens; None when there is none."""
    found = shelf.get(_key(record)) if shelf is not None else None
    if found is None:
        return None
    return replace(completion_from(found), cached=True, cost_usd=0.0, tokens=Tokens(), duration_s=0.0)


def _key(record: Record) -> str:
    sample = sample_of(record.request, record.caller.run, record.caller.attempt)
    return cache_key(record.provider, record.model, record.request, sample)
