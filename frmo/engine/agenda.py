"""What is left to do, in the order in which it may be begun: dependencies first, then priority and age."""

import heapq
from collections.abc import Mapping, Sequence
from typing import Protocol

from frmo.engine.pending import Work
from frmo.engine.result import Row
from frmo.errors import Fault
from frmo.model.state import State

AGE_S = 600.0  # waiting this long weighs as much as one step of priority, so that nothing starves


class Feed(Protocol):
    """Where a worker gets its work from. Only its main thread calls."""

    def take(self) -> Work | None:
        """The next task that may be begun now, or None."""

    def ended(self, row: Row, faults: Sequence[Fault] = ()) -> None:
        """Where a taken task stands now that its walk is over, and what kept it from beginning."""

    @property
    def open(self) -> bool:
        """True while more may come although nothing runs."""

    def left(self) -> tuple[Row, ...]:
        """What was not begun, and why."""


class Agenda:
    """The work of one batch; a watcher gives it new work as it comes. See Feed."""

    def __init__(self) -> None:
        self._left: dict[str, Work] = {}
        self._since: dict[str, float] = {}
        self._taken: set[str] = set()
        self._needs: Mapping[str, set[str]] = {}
        self._states: dict[str, str] = {}
        self._ready: list[tuple[bool, float, str, str]] = []

    open = False

    def put(self, work: Sequence[Work], needs: Mapping[str, set[str]], states: Mapping[str, str], now: float) -> None:
        """`work` is all there is now; what was there before and is not any more is forgotten. `states`: of the rest."""
        self._left = {item.task.id: item for item in work if item.task.id not in self._taken}
        self._since = {task: self._since.get(task, now) for task in self._left}
        self._needs, self._states = needs, dict(states)
        self._ready = [self._rank(task) for task in self._left if not self._missing(task)]
        heapq.heapify(self._ready)

    def take(self) -> Work | None:
        """What was begun goes first, then the oldest of the most urgent."""
        while self._ready:
            task = heapq.heappop(self._ready)[-1]
            if task in self._left:
                self._taken.add(task)
                return self._left.pop(task)
        return None

    def ended(self, row: Row, faults: Sequence[Fault] = ()) -> None:
        """What only waited for this one may be begun."""
        self._taken.discard(row.task)
        self._states[row.task] = row.state
        if row.state != State.COMPLETE:
            return
        for task, needs in self._needs.items():
            if row.task in needs and task in self._left and not self._missing(task):
                heapq.heappush(self._ready, self._rank(task))

    def left(self) -> tuple[Row, ...]:
        """What comes after something that is not complete, or was not reached."""
        return tuple(self._blocked(item) for item in self._left.values())

    def _missing(self, task: str) -> list[str]:
        return sorted(other for other in self._needs.get(task, ()) if self._states.get(other) != State.COMPLETE)

    def _rank(self, task: str) -> tuple[bool, float, str, str]:
        item = self._left[task]
        return (not item.begun, self._since[task] + item.task.priority * AGE_S, item.task.path, task)

    def _blocked(self, item: Work) -> Row:
        missing = self._missing(item.task.id)
        reason = f"comes after {', '.join(missing)}, not complete" if missing else "not begun"
        return Row(item.task.id, item.task.title, item.task.path, State.PENDING.value, item.run, reason=reason)
