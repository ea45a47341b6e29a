"""The e-value of an A/B trial: exact evidence that may be looked at after every pair (GATE, "Statistic")."""

from fractions import Fraction
from functools import cache
from math import comb


@cache
def e_value(wins: int, losses: int) -> Fraction:
    """Exact e-value of "no better than even" after `wins` and `losses` among the discordant pairs; `E(0, 0) = 1`.

    The likelihood ratio of a uniform prior on q in (1/2, 1] against q = 1/2, in closed form:
    `sum_{k=0..b} C(n+1, k) / ((n+1) * C(n, b))`. Under "no better" it is a supermartingale, so that the chance that it
    ever reaches x is at most 1/x (Ville). Raises ValueError on a negative count.
    """
    if wins < 0 or losses < 0:
        raise ValueError(f"counts can't be negative: {wins}, {losses}")
    n = wins + losses
    return Fraction(sum(comb(n + 1, k) for k in range(wins + 1)), (n + 1) * comb(n, wins))


@cache
def wins_to_reach(threshold: Fraction, losses: int, limit: int) -> int | None:
    """Fewest wins beside `losses` whose e-value is at least `threshold`; None when `limit` wins aren't enough."""
    low, high = 0, limit
    if e_value(high, losses) < threshold:
        return None
    while low < high:
        middle = (low + high) // 2
        if e_value(middle, losses) >= threshold:
            high = middle
        else:
            low = middle + 1
    return low
