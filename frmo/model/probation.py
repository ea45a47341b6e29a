"""Probation: a merged protocol change keeps meeting the version before it, and goes when it is worse (GATE, "Probation")."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from frmo.model.evalue import e_value

RESTART = 10
REVERT_AT = 20
KEPT_AFTER = 100
WATCHED = 200
FIRST = 20


class Standing(StrEnum):
    """PROBATION until 100 pairs, then KEPT; up to 200 pairs are still looked at, and may REVERT what was kept."""

    PROBATION = "probation"
    KEPT = "kept"
    REVERT = "revert"


@dataclass(frozen=True)
class Watch:
    """Where a merged change stands, after how many pairs of the present model, and the statistic there."""

    standing: Standing
    pairs: int
    statistic: Fraction


@dataclass(frozen=True)
class ShadowPair:
    """One task run in both versions after the merge. `score`: 1 only the merged version passed, -1 only the old, else 0."""

    model: str
    score: int


def statistics(scores: Iterable[int]) -> Iterator[Fraction]:
    """Evidence that the merged version is worse, after each of `scores`: the mean of E(c, b) restarted every 10 discordant.

    The j-th start (from 0) weighs 1 / ((j+1)(j+2)); those still to come stand at 1. So it finds a change that turned bad
    late, which one count from the beginning does not; under "no worse" it reaches x with chance at most 1/x.
    """
    starts: list[tuple[int, int]] = []
    value, discordant = Fraction(1), 0
    for score in scores:
        if score:
            starts += [(0, 0)] if discordant % RESTART == 0 else []
            discordant += 1
            starts = [(losses + (score < 0), gains + (score > 0)) for losses, gains in starts]
            value = Fraction(1, len(starts) + 1)
            value += sum(e_value(*counts) / ((j + 1) * (j + 2)) for j, counts in enumerate(starts))
        yield value


def watch(pairs: Sequence[ShadowPair]) -> Watch:
    """Standing after `pairs` in their order. Counting starts again with each change of model."""
    scores = _since_last_model(pairs)[:WATCHED]
    value = Fraction(1)
    for place, value in enumerate(statistics(scores), start=1):
        if value >= REVERT_AT:
            return Watch(Standing.REVERT, place, value)
    return Watch(Standing.KEPT if len(scores) >= KEPT_AFTER else Standing.PROBATION, len(scores), value)


def shadowed(merge: str, number: int, task: str) -> bool:
    """True when the task that is the `number`-th (from 1) since commit `merge` runs in both versions too.

    The first 20 do, then 10 % of them, chosen by hash.
    """
    digest = hashlib.sha256(f"{merge}\n{task}".encode()).hexdigest()
    return number <= FIRST or int(digest, 16) % 10 == 0


def _since_last_model(pairs: Sequence[ShadowPair]) -> list[int]:
    scores: list[int] = []
    for place, pair in enumerate(pairs):
        if place and pair.model != pairs[place - 1].model:
            scores.clear()
        scores.append(pair.score)
    return scores
