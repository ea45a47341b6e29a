from fractions import Fraction
from functools import cache

import pytest

from frmo.model.evalue import e_value, wins_to_reach


@pytest.mark.parametrize(
    ("wins", "losses", "expected"),
    [(0, 0, "1"), (7, 0, "255/8"), (10, 0, "2047/11"), (0, 5, "1/6"), (1, 0, "3/2"), (1, 1, "2/3")],
)
def test_known_values(wins, losses, expected):
    assert e_value(wins, losses) == Fraction(expected)


def test_it_is_a_martingale_when_the_candidate_is_as_good():
    for n in range(40):
        for b in range(n + 1):
            c = n - b
            assert (e_value(b + 1, c) + e_value(b, c + 1)) / 2 == e_value(b, c)


def test_it_falls_on_average_when_the_candidate_is_worse():
    q = Fraction(9, 20)
    for b in range(12):
        for c in range(12):
            assert q * e_value(b + 1, c) + (1 - q) * e_value(b, c + 1) < e_value(b, c)


@pytest.mark.parametrize("level", [5, 20])
def test_peeking_after_every_pair_keeps_the_promise(level):
    @cache
    def reached(b, c):
        if e_value(b, c) >= level:
            return Fraction(1)
        return (reached(b + 1, c) + reached(b, c + 1)) / 2 if b + c < 60 else Fraction(0)

    assert 0 < reached(0, 0) <= Fraction(1, level)


def test_negative_counts_are_refused():
    with pytest.raises(ValueError, match="negative"):
        e_value(-1, 0)


def test_the_table_of_wins_is_the_exact_rule():
    for threshold in (Fraction(20), Fraction(2286, 100), Fraction(255, 8)):
        for losses in range(20):
            slow = next((b for b in range(61) if e_value(b, losses) >= threshold), None)
            assert wins_to_reach(threshold, losses, 60) == slow
    assert wins_to_reach(Fraction(10**9), 5, 10) is None
