"""A trial: its registration, what it gathered, and its verdict (GATE, "What a trial leaves behind")."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from frmo.model.pair import Outcome, Pair
from frmo.model.registration import Pool, Registration, digest_of


class Ending(StrEnum):
    """How a trial stands. WAITING is no end: same t, same evidence, resumed with fresh tasks."""

    WIN = "win"
    FUTILE = "futile"
    INCONCLUSIVE = "inconclusive"
    BLOCKED = "blocked"
    WAITING = "waiting"


@dataclass(frozen=True)
class Canary:
    """Runs of one canary task, up to three in each arm, made before the first pair."""

    task: str
    baseline: tuple[Outcome, ...]
    candidate: tuple[Outcome, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Canary":
        """Read back plain data."""
        runs = {arm: tuple(Outcome.from_data(item) for item in data[arm]) for arm in ("baseline", "candidate")}
        return cls(data["task"], **runs)


@dataclass(frozen=True)
class TrialVerdict:
    """How the trial stands after `pairs` counted pairs. `e`: exact e-value; `e_placebo`: against the placebo arm.

    `blocked_by`: the guard that blocked it.
    """

    ending: Ending
    b: int
    c: int
    pairs: int
    e: Fraction
    e_placebo: Fraction | None = None
    blocked_by: str = ""

    @property
    def n(self) -> int:
        """Discordant pairs."""
        return self.b + self.c

    def to_data(self) -> dict[str, Any]:
        """As `trial.schema.json` has it."""
        placebo = None if self.e_placebo is None else str(self.e_placebo)
        exact = {"ending": self.ending.value, "n": self.n, "e": str(self.e), "e_placebo": placebo}
        return {**asdict(self), **exact}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "TrialVerdict":
        """Read back what `to_data` wrote; `n` is derived."""
        plain = {name: value for name, value in data.items() if name != "n"}
        placebo = data.get("e_placebo")
        exact = {"e": Fraction(data["e"]), "e_placebo": None if placebo is None else Fraction(placebo)}
        return cls(**{**plain, **exact, "ending": Ending(data["ending"])})


@dataclass(frozen=True)
class Trial:
    """`trial.yaml`. `more_pools`: fresh tasks drawn after the first pool was used up. `pairs_digest`: of `pairs.jsonl`."""

    registration: Registration
    verdict: TrialVerdict = TrialVerdict(Ending.WAITING, b=0, c=0, pairs=0, e=Fraction(1))
    more_pools: tuple[Pool, ...] = ()
    canaries: tuple[Canary, ...] = ()
    pairs_digest: str = ""

    @property
    def pools(self) -> tuple[Pool, ...]:
        """The registered pool and those drawn later."""
        return (self.registration.pool, *self.more_pools)

    @property
    def order(self) -> tuple[str, ...]:
        """Names of the tasks in the order in which their pairs count."""
        return tuple(name for pool in self.pools for name in pool.order)

    def to_data(self) -> dict[str, Any]:
        """As `trial.schema.json` has it."""
        written = {"registration": self.registration.to_data(), "verdict": self.verdict.to_data()}
        return {**asdict(self), **written}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Trial":
        """Read back what `to_data` wrote."""
        return cls(
            registration=Registration.from_data(data["registration"]),
            verdict=TrialVerdict.from_data(data["verdict"]),
            more_pools=tuple(Pool.from_data(item) for item in data.get("more_pools", ())),
            canaries=tuple(Canary.from_data(item) for item in data.get("canaries", ())),
            pairs_digest=data.get("pairs_digest", ""),
        )


def pairs_digest(pairs: Iterable[Pair]) -> str:
    """Digest of the rows of `pairs.jsonl` in their order."""
    return digest_of([pair.to_data() for pair in pairs])
