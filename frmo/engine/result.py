"""What a batch came to: one row per task, the inbox's faults, and the exit code that follows."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from frmo.errors import Fault
from frmo.model.names import task_ref
from frmo.model.state import RunState, State


@dataclass(frozen=True)
class Row:
    """Where one task stands. `state` may be `pending` (not begun) or a state of its run. `label`: of its verdict.

    `decision`: accepted or rejected by a person. `worker`: who works on it now. `elsewhere`: another worker has it, so its end is not ours to tell.
    """

    task: str
    title: str
    path: str
    state: str
    run: int = 0
    attempt: int = 0
    label: str = ""
    reason: str = ""
    tokens: int = 0
    cost_usd: float = 0.0
    duration_s: float = 0.0
    branch: str = ""
    errors: int = 0
    decision: str = ""
    worker: str = ""
    elsewhere: bool = False

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        return asdict(self)


@dataclass(frozen=True)
class Summary:
    """A batch that ended. `stopped`: by the person."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...] = ()
    stopped: bool = False

    @property
    def exit_code(self) -> int:
        """0 all complete, 1 some failed, 2 bad input, 4 stopped by budget or quota, 130 interrupted."""
        states = [row.state for row in self.rows]
        if self.stopped:
            return 130
        if State.WAITING in states:
            return 4
        if self.faults:
            return 2
        ours = [row.state for row in self.rows if not row.elsewhere]
        return 0 if all(state == State.COMPLETE for state in ours) else 1

    def to_data(self) -> dict[str, Any]:
        """The object of `--json`."""
        return {
            "tasks": [row.to_data() for row in self.rows],
            "faults": [asdict(fault) for fault in self.faults],
            "stopped": self.stopped,
            "exit_code": self.exit_code,
        }


def row_of(state: RunState, title: str, path: str, errors: int, *, branch: bool = True) -> Row:
    """The row of a run."""
    verdict = state.verdict
    return Row(
        task=state.task,
        title=title,
        path=path,
        state=state.state.value,
        run=state.run,
        attempt=state.attempt,
        label=verdict.label() if verdict and state.state is State.COMPLETE else "",
        reason=state.reason,
        tokens=state.tokens.total,
        cost_usd=state.cost_usd,
        duration_s=state.duration_s,
        branch=task_ref(state.task).removeprefix("refs/heads/") if branch else "",
        errors=errors,
    )


def in_order(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows by inbox path, then id."""
    return tuple(sorted(rows, key=lambda row: (row.path, row.task)))
