from random import Random

import pytest

from frmo.model.alpha import threshold
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


def test_futile_trials_stop():
    assert FUTILE_FROM == 10
    without_end = prospect(Effect(0.5, 0.5), 120, 120, threshold(1, 0))
    assert 0.0 < without_end.power < 0.05
