"""Simulated streams of proposals against one gate: how many bad ones it merges, how many good ones it finds.

The gate is looked up in tables made of the exact rule (`frmo.model.gate` itself would take hours); the tests hold both
equal, pair by pair.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import islice
from math import comb
from random import Random

from frmo.model.alpha import threshold
from frmo.model.evalue import wins_to_reach
from frmo.model.gate import FUTILE_FROM
from frmo.model.guard import HARM
from frmo.model.trial import Ending

N_MAX = 80
FAIL_RATE = 0.6
GOOD_FAIL_RATE = 0.2

Gate = Callable[[Iterable[int], int, int], tuple[Ending, int]]
"""(score of each pair: 1, 0 or -1; t; R) to (ending, pairs used)."""


@dataclass(frozen=True)
class Merges:
    """What became of one stream: false and true merges, good proposals in it, pairs per proposal."""

    false: int
    true: int
    good: int
    pairs: float


def gate(scores: Iterable[int], t: int, won_before: int, n_max: int = N_MAX) -> tuple[Ending, int]:
    """The rule of `frmo.model.gate.decide` on the overall endpoint, from tables."""
    needed, harmful = _needed(threshold(t, won_before), n_max), _needed(Fraction(HARM), n_max)
    b = c = pairs = 0
    for score in scores:
        pairs += 1
        b, c = b + (score > 0), c + (score < 0)
        if c >= harmful(b):
            return Ending.BLOCKED, pairs
        if b >= needed(c):
            return Ending.WIN, pairs
        if b + c >= FUTILE_FROM and b <= c:
            return Ending.FUTILE, pairs
        if pairs >= n_max:
            return Ending.INCONCLUSIVE, pairs
    return Ending.WAITING, pairs


def score_higher(scores: Iterable[int], _t: int, _won_before: int) -> tuple[Ending, int]:
    """The naive gate: all pairs are run, the higher score merges."""
    listed = list(islice(scores, N_MAX))
    return (Ending.WIN if sum(listed) > 0 else Ending.INCONCLUSIVE), len(listed)


def peeking(scores: Iterable[int], _t: int, _won_before: int) -> tuple[Ending, int]:
    """The naive gate: a one-sided sign test after every pair, merged at the first p < .05."""
    return _first(scores, lambda b, c: b >= _significant(b + c))


def without_many(scores: Iterable[int], _t: int, _won_before: int) -> tuple[Ending, int]:
    """The e-value with a fixed threshold of 20, whatever the number of the trial."""
    needed = _needed(Fraction(20), N_MAX)
    return _first(scores, lambda b, c: b >= needed(c))


def stream(random: Random, rule: Gate, proposals: int, good: int) -> Merges:
    """One stream: `good` of the `proposals`, at random places, cut the fail rate from .6 to .2; the others do nothing."""
    places = frozenset(random.sample(range(proposals), good))
    won = {True: 0, False: 0}
    pairs = 0
    for place in range(proposals):
        truly = place in places
        scores = drawn(random, FAIL_RATE, GOOD_FAIL_RATE if truly else FAIL_RATE)
        ending, used = rule(scores, place + 1, sum(won.values()))
        won[truly] += ending is Ending.WIN
        pairs += used
    return Merges(won[False], won[True], good, pairs / proposals)


def drawn(random: Random, old_fail_rate: float, new_fail_rate: float) -> Iterator[int]:
    """Scores of pairs without end; both arms fail independently."""
    while True:
        old_fails, new_fails = random.random() < old_fail_rate, random.random() < new_fail_rate
        yield int(old_fails) - int(new_fails)


def share(values: Sequence[bool]) -> float:
    """Percent that are true."""
    return 100.0 * sum(values) / len(values)


def _first(scores: Iterable[int], wins: Callable[[int, int], bool]) -> tuple[Ending, int]:
    b = c = pairs = 0
    for score in scores:
        pairs += 1
        b, c = b + (score > 0), c + (score < 0)
        if wins(b, c):
            return Ending.WIN, pairs
        if pairs >= N_MAX:
            break
    return Ending.INCONCLUSIVE, pairs


@cache
def _needed(level: Fraction, n_max: int) -> Callable[[int], int]:
    """Wins needed beside each number of losses; more than can be had where no number is enough."""
    known: dict[int, int] = {}

    def needed(losses: int) -> int:
        if losses not in known:
            wins = wins_to_reach(level, losses, n_max)
            known[losses] = n_max + 1 if wins is None else wins
        return known[losses]

    return needed


@cache
def _significant(n: int) -> int:
    """Fewest wins among `n` discordant pairs with one-sided sign-test p < .05."""
    tail, wins = 0, n + 1
    while wins > 0 and 20 * (tail + comb(n, wins - 1)) < 2**n:
        wins -= 1
        tail += comb(n, wins)
    return wins
