"""The book of what may be spent: reserved before a call, settled after, per task, run and day."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from frmo.errors import BudgetExceeded, Interrupted
from frmo.gateway.caller import NOTHING, Spend
from frmo.model.task import Budget

_DAY_S = 86_400.0
_POLL_S = 0.1
_RAISE = {
    "task": "raise the task's budget (its file, or budget.task in state/config.yaml) and run again",
    "run": "raise budget.run in state/config.yaml and run again",
    "day": "raise budget.day in state/config.yaml, or wait until midnight UTC, and run again",
}


@dataclass
class _Account:
    """One scope's limits and what went from them. Seconds run while at least one call has begun and not ended."""

    scope: str
    limit: Budget
    spent: Spend
    held: dict[int, Spend] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)
    busy_since: float = 0.0

    def seconds(self, at: float) -> float:
        return self.spent.seconds + (at - self.busy_since if self.begun else 0.0)

    def lacks(self, ask: Spend, at: float, *, counting_held: bool) -> str | None:
        """What there is too little of, in words; None when `ask` fits."""
        held = list(self.held.values()) if counting_held else []
        usd = self.spent.usd + sum(hold.usd for hold in held)
        tokens = self.spent.tokens + sum(hold.tokens for hold in held)
        limit = self.limit
        if limit.usd is not None and usd + ask.usd > limit.usd + 1e-9 and ask.usd > 0:
            return f"the call may cost ${ask.usd:.4f} and ${max(0.0, limit.usd - usd):.4f} of ${limit.usd:.2f} is left"
        if limit.tokens is not None and tokens + ask.tokens > limit.tokens:
            return (
                f"the call may take {ask.tokens} tokens and {max(0, limit.tokens - tokens)} of {limit.tokens} are left"
            )
        if limit.minutes is not None and self.seconds(at) >= limit.minutes * 60:
            return f"{limit.minutes:g} minutes of model time are used up"
        return None


@dataclass(frozen=True)
class Hold:
    """One reservation."""

    number: int
    task: str
    ceiling: Spend


class Book:
    """Accounts of a run. Thread-safe; what is spent and held together never passes a limit.

    A call that fits the limit, but not beside what others hold right now, waits for them to settle.
    """

    def __init__(
        self,
        *,
        day: Budget,
        run: Budget,
        task: Budget,
        now: Callable[[], float],
        spent_today: Spend = NOTHING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._changed = threading.Condition()
        self._now, self._clock = now, clock
        self._task_default = task
        self._day_number = int(now() // _DAY_S)
        self._day = _Account("day", day, spent_today)
        self._run = _Account("run", run, Spend())
        self._tasks: dict[str, _Account] = {}
        self._numbers = 0

    def open_task(self, task: str, budget: Budget, spent: Spend = NOTHING) -> None:
        """Give a task its own limits and what its run spent earlier. A task never opened has the default limits."""
        with self._changed:
            known = self._tasks.get(task)
            if known is None:
                self._tasks[task] = _Account("task", budget, spent)
            else:
                known.limit = budget
            self._changed.notify_all()

    def reserve(self, task: str, ceiling: Spend, cancel: threading.Event, timeout_s: float) -> Hold:
        """Set `ceiling` aside in all three scopes. Raises BudgetExceeded, or Interrupted on `cancel`."""
        end = self._clock() + timeout_s
        with self._changed:
            while True:
                at = self._clock()
                accounts = self._accounts(task)
                for account in accounts:
                    if lack := account.lacks(ceiling, at, counting_held=False):
                        raise _exceeded(account.scope, task, lack)
                crowded = [account for account in accounts if account.lacks(ceiling, at, counting_held=True)]
                if not crowded:
                    self._numbers += 1
                    for account in accounts:
                        account.held[self._numbers] = ceiling
                    return Hold(self._numbers, task, ceiling)
                if cancel.is_set():
                    raise Interrupted("cancelled while waiting for room in the budget")
                if at >= end:
                    lack = crowded[0].lacks(ceiling, at, counting_held=True) or ""
                    raise _exceeded(crowded[0].scope, task, f"{lack} beside the calls in flight")
                self._changed.wait(_POLL_S)

    def begin(self, hold: Hold) -> float | None:
        """The call begins and its seconds count. How long it may take; None: no limit."""
        with self._changed:
            at, left = self._clock(), []
            for account in self._accounts(hold.task):
                if not account.begun:
                    account.busy_since = at
                account.begun.add(hold.number)
                if account.limit.minutes is not None:
                    left.append(max(0.0, account.limit.minutes * 60 - account.seconds(at)))
            return min(left) if left else None

    def settle(self, hold: Hold, actual: Spend | None) -> Spend:
        """Replace a reservation by what the call cost; None: unknown, the reservation counts. Gives what was charged."""
        charged = hold.ceiling if actual is None else actual
        with self._changed:
            at = self._clock()
            for account in self._accounts(hold.task):
                if account.held.pop(hold.number, None) is None:
                    continue
                seconds = at - account.busy_since if account.begun == {hold.number} else 0.0
                account.begun.discard(hold.number)
                account.spent = account.spent + Spend(charged.usd, charged.tokens, seconds)
            self._changed.notify_all()
        return charged

    def spent(self, task: str | None = None) -> Spend:
        """What a task (None: the run) has spent, earlier runs of the process included."""
        with self._changed:
            account = self._run if task is None else self._accounts(task)[0]
            return Spend(account.spent.usd, account.spent.tokens, account.seconds(self._clock()))

    def _accounts(self, task: str) -> list[_Account]:
        today = int(self._now() // _DAY_S)
        if today != self._day_number:
            self._day_number = today
            self._day.spent = Spend()
        if task not in self._tasks:
            self._tasks[task] = _Account("task", self._task_default, Spend())
        return [self._tasks[task], self._run, self._day]


def _exceeded(scope: str, task: str, lack: str) -> BudgetExceeded:
    return BudgetExceeded(scope, f"{task}: the {scope}'s budget stops here: {lack}; {_RAISE[scope]}")
