from fractions import Fraction
from functools import cache
from random import Random

import pytest

from frmo.model.alpha import threshold
from frmo.model.evalue import e_value
from frmo.model.gate import FUTILE_FROM, decide
from frmo.model.power import Effect, prospect
from frmo.model.trial import Ending
from tests.support.trials import pairs, trial


def test_it_is_the_chance_that_the_gate_lets_win():
    random, wins, rounds = Random(1), 0, 600
    asked = trial(size=30)
    for _ in range(rounds):
        letters = "".join(random.choices("bc+", weights=[0.35, 0.08, 0.57], k=30))
        wins += decide(asked, pairs(asked, letters)).ending is Ending.WIN
    power = prospect(Effect(0.35, 0.08), 30, 120, threshold(1, 0)).power
    assert power == pytest.approx(wins / rounds, abs=0.07)


def test_a_sure_effect_needs_exactly_seven_pairs_at_first():
    sure = prospect(Effect(1.0, 0.0), 5, 80, threshold(1, 0))
    assert (sure.power, sure.needed, sure.missing, sure.enough) == (0.0, 7, 2, False)
    assert prospect(Effect(1.0, 0.0), 7, 80, threshold(1, 0)).enough


def test_no_pool_helps_a_change_that_does_nothing():
    nothing = prospect(Effect(0.1, 0.1), 80, 80, threshold(20, 0))
    assert nothing.needed is None
    assert nothing.missing is None
    assert not nothing.enough


@pytest.mark.parametrize(("gained", "lost"), [(0.5, 0.5), (0.45, 0.3), (0.3, 0.1)])
def test_futile_trials_stop(gained, lost):
    level, pool = Fraction(5, 2), 40

    @cache
    def chance(b, c, left):
        if e_value(b, c) >= level:
            return 1.0
        if not left or (b + c >= FUTILE_FROM and b <= c):
            return 0.0
        same = (1 - gained - lost) * chance(b, c, left - 1)
        return same + gained * chance(b + 1, c, left - 1) + lost * chance(b, c + 1, left - 1)

    assert prospect(Effect(gained, lost), pool, 80, level).power == pytest.approx(chance(0, 0, pool), rel=1e-9)
