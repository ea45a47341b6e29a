from math import comb
from random import Random

import pytest

from frmo.bench.stream import drawn, gate, peeking, score_higher, stream, without_many
from frmo.model.alpha import gamma
from frmo.model.gate import decide
from frmo.model.pair import Endpoint
from frmo.model.registration import N_MAX
from frmo.model.trial import Ending
from tests.support.trials import pairs, trial

LETTER = {1: "b", -1: "c", 0: "+"}


@pytest.mark.parametrize(("t", "won_before"), [(1, 0), (5, 2), (40, 0), (40, 30)])
def test_the_table_and_the_exact_gate_decide_alike_after_every_pair(t, won_before):
    random = Random(f"{t} {won_before}")
    n_max = N_MAX[Endpoint.OVERALL]
    asked = trial(size=n_max, t=t, won_before=won_before, gamma=gamma(t))
    endings = set()
    for rates in [(0.6, 0.6), (0.6, 0.2), (0.3, 0.5), (0.55, 0.4)] * 12:
        scores = [score for score, _ in zip(drawn(random, *rates), range(n_max), strict=False)]
        ending, used = gate(scores, t, won_before, n_max)
        exact = decide(asked, pairs(asked, "".join(LETTER[score] for score in scores)))
        assert (exact.ending, exact.pairs) == (ending, used)
        assert gate(scores[: used - 1], t, won_before, n_max)[0] is Ending.WAITING
        endings.add(ending)
    assert {Ending.WIN, Ending.FUTILE, Ending.BLOCKED} <= endings


def test_the_naive_gates_are_as_naive_as_they_say():
    assert score_higher([1] + [0] * 100, 1, 0) == (Ending.WIN, 80)
    assert score_higher([1, -1] * 50, 1, 0) == (Ending.INCONCLUSIVE, 80)
    assert peeking([1] * 80, 1, 0) == (Ending.WIN, 5)  # 1/32 < .05 < 1/16
    assert without_many([1] * 80, 1, 0) == (Ending.WIN, 7)
    assert without_many([-1] * 200, 1, 0) == (Ending.INCONCLUSIVE, 80)


def test_peeking_is_the_one_sided_sign_test():
    scores = [1, 1, -1, 1, 1, -1, 1, 1, 1, 1, 1, 1]
    firsts = []
    for used in range(1, 13):
        b, n = scores[:used].count(1), used
        firsts += [used] if sum(comb(n, k) for k in range(b, n + 1)) / 2**n < 0.05 else []
    assert peeking(scores, 1, 0) == (Ending.WIN, firsts[0])


def test_a_stream_counts_true_and_false_merges():
    everything = stream(Random(1), lambda scores, t, won: (Ending.WIN, 3), 10, 4)
    assert (everything.false, everything.true, everything.good, everything.pairs) == (6, 4, 4, 3.0)
    nothing = stream(Random(1), lambda scores, t, won: (Ending.FUTILE, 1), 10, 4)
    assert (nothing.false, nothing.true) == (0, 0)


def test_the_rule_is_told_its_number_and_the_wins_before():
    told = []

    def every_second(scores, t, won_before):
        told.append((t, won_before))
        return (Ending.WIN if t % 2 else Ending.FUTILE), 1

    stream(Random(1), every_second, 5, 0)
    assert told == [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2)]
