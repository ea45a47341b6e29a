from fractions import Fraction
from random import Random

import pytest

from frmo.model.evalue import e_value
from frmo.model.probation import ShadowPair, Standing, shadowed, statistics, watch


def _pairs(scores, model="m"):
    return [ShadowPair(model, score) for score in scores]


def test_the_statistic_is_the_weighted_mean_over_restarts():
    scores = [-1] * 8 + [1] * 2 + [0, -1, -1, -1]
    expected = e_value(11, 2) / 2 + e_value(3, 0) / 6 + Fraction(1, 3)
    assert list(statistics(scores))[-1] == expected
    assert list(statistics([0, 0])) == [1, 1]


def test_it_is_a_martingale_when_nothing_changed():
    random = Random(3)
    for length in range(0, 45):
        past = [random.choice([-1, 0, 1]) for _ in range(length)]
        now = ([Fraction(1), *statistics(past)])[-1]
        worse, better = (list(statistics([*past, score]))[-1] for score in (-1, 1))
        assert (worse + better) / 2 == now


@pytest.mark.parametrize(
    ("scores", "standing", "pairs"),
    [
        ([], Standing.PROBATION, 0),
        ([0] * 99, Standing.PROBATION, 99),
        ([0] * 100, Standing.KEPT, 100),
        ([1, -1] * 60, Standing.KEPT, 120),
        ([-1] * 30, Standing.REVERT, 8),
        ([1] * 20 + [-1] * 40, Standing.REVERT, 31),
        ([0] * 150 + [-1] * 8, Standing.REVERT, 158),
        ([0] * 200 + [-1] * 30, Standing.KEPT, 200),
    ],
)
def test_standing(scores, standing, pairs):
    seen = watch(_pairs(scores))
    assert (seen.standing, seen.pairs) == (standing, pairs)


def test_a_change_of_model_starts_again():
    old, new = _pairs([-1] * 5, "old"), _pairs([-1] * 5, "new")
    assert watch(old + new) == watch(new)
    assert watch(old + _pairs([-1] * 5, "old")).standing is Standing.REVERT


def test_the_first_20_and_then_a_tenth():
    assert all(shadowed("merge", number, f"t{number}") for number in range(1, 21))
    later = sum(shadowed("merge", number, f"t{number}") for number in range(21, 2021))
    assert 150 < later < 250
