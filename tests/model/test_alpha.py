from fractions import Fraction
from math import isclose

import pytest

from frmo.model.alpha import ALPHA, ZETA_UPPER, alpha_of, gamma, threshold
from frmo.model.evalue import e_value


def test_zeta_is_an_upper_bound_and_a_tight_one():
    # The rest of the sum of a convex function lies between two integrals.
    n = 20_000
    head = sum(k**-1.6 for k in range(n, 0, -1))
    assert head + (n + 1) ** -0.6 / 0.6 < float(ZETA_UPPER) < head + (n + 0.5) ** -0.6 / 0.6 + 1e-9


@pytest.mark.parametrize("t", [1, 2, 3, 7, 20, 100, 12_345])
def test_gamma_is_the_largest_18_decimals_below_the_formula(t):
    step = Fraction(1, 10**18)

    def at_most_the_formula(value):
        return value**5 * t**8 * ZETA_UPPER**5 <= 1

    assert at_most_the_formula(gamma(t))
    assert not at_most_the_formula(gamma(t) + step)
    assert isclose(gamma(t), t**-1.6 / 2.285765665680130, rel_tol=1e-9)


def test_the_shares_never_add_up_to_more_than_everything():
    assert sum(gamma(t) for t in range(1, 2000)) < 1


@pytest.mark.parametrize(("t", "wins"), [(1, 7), (5, 11), (20, 15), (100, 19)])
def test_wins_without_a_loss_that_are_needed(t, wins):
    needed = threshold(t, won_before=0)
    assert e_value(wins - 1, 0) < needed <= e_value(wins, 0)


def test_every_trial_won_before_adds_to_the_budget():
    assert alpha_of(10, 3) == 4 * alpha_of(10, 0) == 4 * ALPHA * gamma(10)


def test_impossible_numbers_are_refused():
    with pytest.raises(ValueError, match="from 1"):
        gamma(0)
    with pytest.raises(ValueError, match="won before"):
        alpha_of(2, 2)
    with pytest.raises(OverflowError):
        threshold(10**12, 0)
