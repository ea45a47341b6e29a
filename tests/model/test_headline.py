from fractions import Fraction
from itertools import product

import pytest

from frmo.model.headline import headline, headline_e

BETTER = [(True, False)] * 60 + [(True, True)] * 80 + [(False, False)] * 60


def test_one_task():
    assert headline_e([]) == 1
    assert headline_e([(True, False)]) == 1 + Fraction(1, 2) * Fraction(4, 5)
    assert headline_e([(False, True)]) == Fraction(1, 2)
    assert headline_e([(False, False)]) == 1


@pytest.mark.parametrize("both", [Fraction(0), Fraction(3, 10), Fraction(2, 5)])
def test_its_mean_is_one_at_exactly_20_percent_fewer(both):
    # baseline fails half, the candidate 0.8 times as often, however the two hang together
    half, less = Fraction(1, 2), Fraction(2, 5)
    chance = {(True, True): both, (True, False): half - both, (False, True): less - both}
    chance[(False, False)] = 1 - sum(chance.values())
    mean = Fraction(0)
    for errors in product(chance, repeat=4):
        weight = Fraction(1)
        for error in errors:
            weight *= chance[error]
        mean += weight * headline_e(errors)
    assert mean == 1


def test_a_clear_reduction_is_claimed_once():
    claim = headline(BETTER, "set-1")
    assert claim.claimed
    assert claim.e >= 20
    assert (claim.tasks, claim.baseline_errors, claim.candidate_errors) == (200, 140, 80)
    assert not headline(BETTER, "set-1", used={"set-1"}).claimed


def test_twenty_percent_is_not_more_than_twenty_percent():
    same = [(True, False)] * 28 + [(True, True)] * 112 + [(False, False)] * 60
    assert not headline(same, "set-1").claimed


@pytest.mark.parametrize(
    ("errors", "word"),
    [
        (BETTER[:199], "199 tasks"),
        ([(True, False)] * 90 + [(False, False)] * 120, "fail rate"),
        ([(True, False)] * 200, "fail rate"),
    ],
)
def test_what_stands_against_a_claim(errors, word):
    claim = headline(errors, "set-1")
    assert not claim.claimed
    assert word in claim.against[0]
