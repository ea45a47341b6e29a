"""A pair of a trial: one task run fresh in every arm, what each did, and how the pair scores (GATE, "Design of a trial")."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from frmo.model.state import RunState, Tokens
from frmo.model.verdict import Verdict

ATTEMPTS = 3
FAULT_KINDS = frozenset({"provider", "host", "worker"})  # the worker's own evidence; an agent's deadline is a failure
ARMS = ("baseline", "candidate", "placebo")


class Endpoint(StrEnum):
    """What a trial counts: the pattern's fingerprint gone (TARGETED), or the task complete (OVERALL)."""

    TARGETED = "targeted"
    OVERALL = "overall"


@dataclass(frozen=True)
class Target:
    """The pattern a targeted trial is about: its fingerprint, and the validation level that raises it."""

    fingerprint: str
    level: int


@dataclass(frozen=True)
class Outcome:
    """What one arm did with the task, as the validation record in its run's `commit` says.

    `task`: id of the task that ran; `base`: commit it started from; `protocols`: id of the `protocols/` tree it used.
    `passed`: the task completed. `passed_levels`, `failed_levels`: levels that ran. `fingerprints`: errors that decide.
    """

    commit: str
    task: str
    base: str
    protocols: str
    passed: bool
    passed_levels: tuple[int, ...] = ()
    failed_levels: tuple[int, ...] = ()
    fingerprints: tuple[str, ...] = ()
    tokens: Tokens = Tokens()
    cost_usd: float = 0.0

    def free_of(self, target: Target) -> bool:
        """True when the pattern's level was reached and passed, none before it failed, and the error is not there.

        A failure before the pattern's level counts as having it: else trading a NameError for a SyntaxError would win.
        """
        failed_before = any(level < target.level for level in self.failed_levels)
        return target.level in self.passed_levels and not failed_before and target.fingerprint not in self.fingerprints

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Outcome":
        """Read back what `to_data` wrote."""
        lists = {name: tuple(data.get(name, ())) for name in ("passed_levels", "failed_levels", "fingerprints")}
        return cls(**{**data, **lists, "tokens": Tokens(**data.get("tokens", {}))})


def outcome_of(run: RunState, commit: str, protocols: str, verdict: Verdict, fingerprints: Sequence[str]) -> Outcome:
    """Outcome of a `run` whose `commit` holds the validation record; `fingerprints` of the errors that decided."""
    return Outcome(
        commit=commit,
        task=run.task,
        base=run.base,
        protocols=protocols,
        passed=verdict.passed,
        passed_levels=tuple(sorted(result.level for result in verdict.levels if result.passed)),
        failed_levels=tuple(sorted(result.level for result in verdict.levels if not result.passed)),
        fingerprints=tuple(sorted(set(fingerprints))),
        tokens=run.tokens,
        cost_usd=run.cost_usd,
    )


@dataclass(frozen=True)
class PairFault:
    """Why an arm's run doesn't count: `kind` is one of FAULT_KINDS, `detail` the evidence (status, host, signal)."""

    arm: str
    kind: str
    detail: str


@dataclass(frozen=True)
class Pair:
    """One row of `pairs.jsonl`. `task`: its name; `attempt`: 1, and up to 3 where the earlier ones are void by faults."""

    task: str
    attempt: int
    baseline: Outcome | None
    candidate: Outcome | None
    placebo: Outcome | None = None
    faults: tuple[PairFault, ...] = ()

    @property
    def void(self) -> bool:
        """A faulted pair is repeated whole and stays as void."""
        return bool(self.faults)

    def arm(self, name: str) -> Outcome | None:
        """Outcome of the arm called `name`."""
        return {"baseline": self.baseline, "candidate": self.candidate, "placebo": self.placebo}[name]

    def to_data(self) -> dict[str, Any]:
        """As `pair.schema.json` has it."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Pair":
        """Read back what `to_data` wrote."""
        arms = {name: Outcome.from_data(data[name]) if data.get(name) else None for name in ARMS}
        return cls(**{**data, **arms, "faults": tuple(PairFault(**item) for item in data.get("faults", ()))})


def settled(rows: Sequence[Pair]) -> Pair | None:
    """The row that counts among one task's `rows`: the first without a fault, else the third fault, else none yet."""
    for row in sorted(rows, key=lambda item: item.attempt):
        if not row.void or row.attempt >= ATTEMPTS:
            return row
    return None


def score(pair: Pair, target: Target | None, against: str = "baseline") -> int:
    """1 when `against` fails and the candidate passes (b), -1 for the reverse (c), else 0. Third fault: c.

    `target` None: the overall endpoint.
    """
    other, candidate = pair.arm(against), pair.candidate
    if pair.void or other is None or candidate is None:
        return -1
    return _good(candidate, target) - _good(other, target)


def _good(outcome: Outcome, target: Target | None) -> int:
    return int(outcome.passed if target is None else outcome.free_of(target))
