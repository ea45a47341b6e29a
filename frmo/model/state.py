"""The life of a task: its states, the legal moves, and the record that `state.json` holds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from frmo.model.verdict import Verdict


class State(StrEnum):
    """Where a run of a task stands (DESIGN section 3)."""

    PENDING = "pending"
    ANALYZING = "analyzing"
    EXECUTING = "executing"
    VALIDATING = "validating"
    WAITING = "waiting"
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"


_STOPS = frozenset({State.WAITING, State.FAILED, State.CANCELLED})
TERMINAL = frozenset({State.COMPLETE, State.FAILED, State.CANCELLED})
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset({State.ANALYZING, State.EXECUTING}) | _STOPS,
    State.ANALYZING: frozenset({State.EXECUTING}) | _STOPS,
    State.EXECUTING: frozenset({State.VALIDATING}) | _STOPS,
    State.VALIDATING: frozenset({State.EXECUTING, State.COMPLETE}) | _STOPS,
    State.WAITING: frozenset({State.PENDING, State.ANALYZING, State.EXECUTING, State.VALIDATING})
    | (_STOPS - {State.WAITING}),
    State.COMPLETE: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}


class IllegalMove(ValueError):
    """A bug in frmo: a state was to follow another that it can't follow."""


@dataclass(frozen=True)
class Tokens:
    """Tokens of model calls. `input` includes what the provider read from its cache (`cached`)."""

    input: int = 0
    output: int = 0
    cached: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(self.input + other.input, self.output + other.output, self.cached + other.cached)

    @property
    def total(self) -> int:
        """What a token budget counts."""
        return self.input + self.output


@dataclass(frozen=True)
class RunState:
    """`state.json`. `version` grows by one with each commit; `step` is the number of the last committed step.

    `protocols`: the commit that gives the protocols where it is not `base` (an arm of a trial); empty: the base.
    """

    task: str
    run: int
    base: str
    state: State = State.PENDING
    version: int = 1
    step: int = 0
    attempt: int = 0
    attempts_allowed: int = 3
    unchanged: int = 0
    reason: str = ""
    resume: State | None = None
    agent: str = ""
    tokens: Tokens = Tokens()
    cost_usd: float = 0.0
    duration_s: float = 0.0
    verdict: Verdict | None = None
    settled: bool = False
    protocols: str = ""

    @property
    def protocol_commit(self) -> str:
        """The commit whose protocols this run heeds."""
        return self.protocols or self.base

    def to_data(self) -> dict[str, Any]:
        """As `state.schema.json` has it."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "RunState":
        """Read back what `to_data` wrote."""
        verdict, resume = data.get("verdict"), data.get("resume")
        return cls(
            **{
                **data,
                "state": State(data["state"]),
                "resume": State(resume) if resume else None,
                "tokens": Tokens(**data["tokens"]),
                "verdict": Verdict.from_data(verdict) if verdict else None,
            }
        )


def moved(run: RunState, to: State, **changes: Any) -> RunState:  # noqa: ANN401  fields of RunState
    """`run` one version later in state `to` (which may be the same state). Raises IllegalMove."""
    if to != run.state and to not in TRANSITIONS[run.state]:
        raise IllegalMove(f"{run.task}: {run.state} can't become {to}")
    return replace(run, state=to, version=run.version + 1, **changes)
