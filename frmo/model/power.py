"""Power: can this pool win at all, and how many tasks are missing? Asked before a trial is registered (GATE)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from frmo.model.evalue import wins_to_reach
from frmo.model.gate import FUTILE_FROM

ENOUGH = 0.3


@dataclass(frozen=True)
class Effect:
    """What mining promises, per pair: chance that only the candidate passes, and that only the baseline does."""

    gained: float
    lost: float


@dataclass(frozen=True)
class Prospect:
    """Chance that a pool wins. `needed`: pairs for a chance of .3, None when N_max pairs would not be enough."""

    power: float
    needed: int | None
    pool: int

    @property
    def enough(self) -> bool:
        """True when the trial may be registered."""
        return self.needed is not None and self.needed <= self.pool

    @property
    def missing(self) -> int | None:
        """How many tasks the pool lacks; None when no number of tasks helps."""
        return None if self.needed is None else max(0, self.needed - self.pool)


def prospect(effect: Effect, pool: int, n_max: int, threshold: Fraction) -> Prospect:
    """Chance that a trial with `pool` tasks reaches `threshold` (an e-value) before it is futile or at `n_max` pairs.

    Exact up to rounding: the chances of all (b, c) are carried forward pair by pair. Guards are left out.
    """
    chances: dict[tuple[int, int], float] = {(0, 0): 1.0}
    won, power, needed = 0.0, 0.0, None
    for pair in range(1, n_max + 1):
        chances, newly = _after_a_pair(chances, effect, n_max, threshold)
        won += newly
        if pair <= pool:
            power = won
        if needed is None and won >= ENOUGH:
            needed = pair
    return Prospect(power, needed, pool)


def _after_a_pair(
    chances: Mapping[tuple[int, int], float], effect: Effect, n_max: int, threshold: Fraction
) -> tuple[dict[tuple[int, int], float], float]:
    following: dict[tuple[int, int], float] = {}
    won = 0.0
    for (b, c), chance in chances.items():
        for state, share in (
            ((b, c), 1.0 - effect.gained - effect.lost),
            ((b + 1, c), effect.gained),
            ((b, c + 1), effect.lost),
        ):
            needed = wins_to_reach(threshold, state[1], n_max)
            if needed is not None and state[0] >= needed:
                won += chance * share
            elif not (sum(state) >= FUTILE_FROM and state[0] <= state[1]):
                following[state] = following.get(state, 0.0) + chance * share
    return following, won
