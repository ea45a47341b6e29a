"""Watching the inbox: a batch that does not end. What is dropped is found, taken once it is whole, and worked on."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from frmo.engine.agenda import Agenda
from frmo.engine.pending import Outlook, Work, dependencies
from frmo.engine.result import Row
from frmo.engine.writing import is_being_written
from frmo.errors import Fault, UsageFault
from frmo.model.state import State
from frmo.store.workspace import Workspace

RESCAN_S = 3.0
REST_S = 60.0  # before a task that has to wait, or that can't begin, is tried again
_PAUSE_S = 0.1
_SHARE = 4  # looking takes a fifth of the time at most


class Watch:
    """A Feed (see agenda) that looks at the inbox after each sign and every few seconds until `stop` is set.

    `changed`: set by whoever sees a sign. `report`: told each fault once, and again after its
    file has changed. `notify`: how many tasks are new.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        now: Callable[[], float],
        changed: threading.Event,
        stop: threading.Event,
        report: Callable[[Fault], None],
        notify: Callable[[str, str], None] = lambda _task, _text: None,
    ) -> None:
        self._workspace, self._now, self._changed, self._stop = workspace, now, changed, stop
        self._report, self._notify = report, notify
        self._outlook = Outlook(workspace)
        self._agenda = Agenda()
        self._told: set[Fault] = set()
        self._told_of_walks: set[Fault] = set()
        self._whole: set[str] = set()
        self._seen: set[str] = set()
        self._resting: dict[str, float] = {}
        self._due = self._earliest = 0.0

    @property
    def open(self) -> bool:
        """Until the person stops it."""
        return not self._stop.is_set()

    def take(self) -> Work | None:
        """The next task; one whose file was deleted meanwhile is not begun any more."""
        self._look_if_due()
        while (item := self._agenda.take()) is not None:
            if item.begun or (self._workspace.root / item.task.path).exists():
                return item
            self._agenda.ended(Row(item.task.id, item.task.title, item.task.path, State.CANCELLED.value))
        return None

    def ended(self, row: Row, faults: Sequence[Fault] = ()) -> None:
        """What did not come to its end is tried again after a rest."""
        self._agenda.ended(row)
        for fault in faults:
            if fault not in self._told_of_walks:
                self._told_of_walks.add(fault)
                self._report(fault)
        if row.state not in (State.COMPLETE, State.FAILED, State.CANCELLED):
            self._resting[row.task] = time.monotonic() + REST_S

    def left(self) -> tuple[Row, ...]:
        """What was not begun, and why."""
        return self._agenda.left()

    def _look_if_due(self) -> None:
        began = time.monotonic()
        if began < self._earliest or (began < self._due and not self._changed.is_set()):
            return
        self._changed.clear()
        self._look(began)
        took = time.monotonic() - began
        self._earliest = time.monotonic() + max(_PAUSE_S, took * _SHARE)
        self._due = max(self._earliest, time.monotonic() + RESCAN_S)

    def _look(self, at: float) -> None:
        board = self._outlook.board()
        self._resting = {task: until for task, until in self._resting.items() if until > at}
        faults = [fault for fault in board.faults if not self._unfinished(fault.path)]
        work = [
            item
            for item in board.work
            if item.task.id not in self._resting and (item.begun or not self._unfinished(item.task.path, item.task.id))
        ]
        ids = {item.task.id for item in work}
        if new := ids - self._seen:
            self._notify("inbox", f"{len(new)} new")
        self._seen = ids | set(self._resting)
        self._whole &= {item.task.id for item in board.work}
        needs, wrong = _needs(work, {row.task: row for row in board.done})
        self._agenda.put(work, needs, board.states(), self._now())
        self._tell([*faults, *wrong])

    def _unfinished(self, path: str, task: str = "") -> bool:
        """True while the file at `path` is being written: it is looked at again soon."""
        if task and task in self._whole:
            return False
        if is_being_written(self._workspace.root / path, self._now()):
            self._changed.set()
            return True
        self._whole |= {task} if task else set()
        return False

    def _tell(self, faults: list[Fault]) -> None:
        for fault in faults:
            if fault not in self._told:
                self._report(fault)
        self._told = set(faults)


def _needs(work: list[Work], done: Mapping[str, Row]) -> tuple[dict[str, set[str]], list[Fault]]:
    """Dependencies; what waits for a cycle or for a task that nobody has dropped yet is told and stays where it is."""
    try:
        return dependencies(work, done), []
    except UsageFault as fault:
        cycle = Fault("tasks", str(fault))
    needs: dict[str, set[str]] = {}
    wrong = []
    known = {**{item.task.id: _as_row(item) for item in work}, **done}
    for item in work:
        try:
            needs |= dependencies([item], known)
        except UsageFault as fault:
            needs[item.task.id] = {""}
            wrong.append(Fault(item.task.path, str(fault)))
    return needs, wrong or [cycle]


def _as_row(work: Work) -> Row:
    return Row(work.task.id, work.task.title, work.task.path, State.PENDING.value)
