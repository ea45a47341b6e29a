import random
from dataclasses import replace
from fractions import Fraction

import pytest

from frmo.model.alpha import gamma
from frmo.model.evalue import e_value
from frmo.model.gate import counted, decide, stale
from frmo.model.pair import Endpoint
from frmo.model.registration import Arm, Pool
from frmo.model.trial import Canary, Ending, Trial
from tests.support.trials import BASELINE, CANDIDATE, PLACEBO, held_out, outcome, pair, pairs, pool_tasks, trial

LATE = {"t": 100, "won_before": 0, "gamma": gamma(100)}


@pytest.mark.parametrize(
    ("letters", "ending", "counts"),
    [
        ("", Ending.WAITING, (0, 0, 0)),
        ("bbbbbb", Ending.WAITING, (6, 0, 6)),
        ("bbbbbbb", Ending.WIN, (7, 0, 7)),
        ("bbb-+bb-bbccc", Ending.WIN, (7, 0, 10)),
        ("bcbcbcbcbc", Ending.FUTILE, (5, 5, 10)),
        ("bcbcbcbc-+-+", Ending.WAITING, (4, 4, 12)),
        ("cccc", Ending.BLOCKED, (0, 4, 4)),
        ("bbxxb", Ending.WAITING, (3, 0, 3)),
        ("bbxxx", Ending.WAITING, (2, 1, 3)),
        ("xbxbbbbbb", Ending.WIN, (7, 0, 7)),
    ],
)
def test_endings(letters, ending, counts):
    asked = trial()
    verdict = decide(asked, pairs(asked, letters))
    assert (verdict.ending, (verdict.b, verdict.c, verdict.pairs)) == (ending, counts)
    assert verdict.e == e_value(verdict.b, verdict.c)
    assert verdict.n == verdict.b + verdict.c


@pytest.mark.parametrize(("endpoint", "n_max"), [(Endpoint.TARGETED, 80), (Endpoint.OVERALL, 120)])
def test_inconclusive_at_the_last_pair(endpoint, n_max):
    asked = trial(size=n_max + 10, endpoint=endpoint)
    rows = pairs(asked, "-" * (n_max + 5))
    assert decide(asked, rows[: n_max - 1]).ending is Ending.WAITING
    verdict = decide(asked, rows)
    assert (verdict.ending, verdict.pairs) == (Ending.INCONCLUSIVE, n_max)


def test_a_used_up_pool_waits_and_goes_on_with_fresh_tasks():
    asked = trial(size=5)
    rows = pairs(asked, "bbbbb")
    assert decide(asked, rows).ending is Ending.WAITING
    fresh = Pool.drawn(asked.registration.proposal, pool_tasks(held_out(10, first=100)))
    longer = replace(asked, more_pools=(fresh,))
    more = [pair(name, "b") for name in fresh.order]
    assert decide(longer, rows + more).ending is Ending.WIN
    assert decide(longer, more).pairs == 0


def test_pairs_count_in_the_order_of_the_trial_and_not_as_they_end():
    asked = trial()
    rows = pairs(asked, "bb-bbcbbbb+bb")
    verdict = decide(asked, rows)
    shuffled = list(rows)
    random.Random(1).shuffle(shuffled)
    assert decide(asked, shuffled) == verdict
    assert decide(asked, [row for row in rows if row is not rows[2]]).pairs == 2


def test_what_lies_past_the_stop_changes_nothing():
    asked = trial()
    rows = pairs(asked, "bbxbbbbbccccccc")
    kept, extra = counted(asked, rows)
    assert kept == rows[:8]
    assert extra == rows[8:]
    assert decide(asked, rows) == decide(asked, kept)


def test_a_later_trial_needs_more_and_earlier_wins_give_some_back():
    late = trial(**LATE)
    assert decide(late, pairs(late, "b" * 18)).ending is Ending.WAITING
    assert decide(late, pairs(late, "b" * 19)).ending is Ending.WIN
    richer = trial(**{**LATE, "won_before": 20})
    assert decide(richer, pairs(richer, "b" * 18)).ending is Ending.WIN


def test_a_cure_that_breaks_the_task_is_blocked():
    asked = trial(endpoint=Endpoint.TARGETED)
    rows = []
    for name in asked.order[:8]:
        before = replace(outcome(name, BASELINE, True), passed_levels=(1, 2), fingerprints=("0123456789ab",))
        after = replace(
            outcome(name, CANDIDATE, False), passed_levels=(1, 2, 3), failed_levels=(4,), fingerprints=("x",)
        )
        rows.append(replace(pair(name, "b"), baseline=before, candidate=after))
    verdict = decide(asked, rows)
    assert (verdict.ending, verdict.blocked_by, verdict.b) == (Ending.BLOCKED, "overall endpoint", 4)


def test_a_longer_prompt_is_blocked_before_the_first_pair():
    assert decide(trial(prompt_tokens=(100, 115)), []).ending is Ending.WAITING
    verdict = decide(trial(prompt_tokens=(100, 116)), [])
    assert (verdict.ending, verdict.blocked_by) == (Ending.BLOCKED, "prompt tokens 100 -> 116")


def test_a_lost_canary_blocks():
    runs = {"baseline": (outcome("k", BASELINE, True),) * 3, "candidate": (outcome("k", CANDIDATE, False),) * 3}
    asked = replace(trial(canaries=("k",)), canaries=(Canary("k", **runs),))
    assert decide(asked, pairs(asked, "b" * 7)).blocked_by == "canary k"
    shaky = replace(asked, canaries=(Canary("k", **{**runs, "baseline": (outcome("k", BASELINE, False),)}),))
    assert decide(shaky, pairs(shaky, "b" * 7)).ending is Ending.WIN


def test_a_higher_bill_blocks_only_when_it_is_sure():
    asked = trial()
    rows = pairs(asked, "b" * 7)

    def billed(costs):
        return [
            replace(row, candidate=replace(row.candidate, cost_usd=cost)) for row, cost in zip(rows, costs, strict=True)
        ]

    assert decide(asked, billed([0.02, 0.021, 0.02, 0.019, 0.02, 0.02, 0.021])).blocked_by == "measured cost"
    assert decide(asked, billed([0.09, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01])).ending is Ending.WIN
    assert decide(asked, billed([0.0115] * 7)).ending is Ending.WIN


def test_prose_must_beat_the_placebo_too():
    asked = trial(placebo=PLACEBO)
    helped = [pair(name, "b", placebo=False) for name in asked.order]
    fooled = [pair(name, "b", placebo=True) for name in asked.order]
    assert decide(asked, helped[:7]).e_placebo == Fraction(255, 8)
    assert decide(asked, helped[:7]).ending is Ending.WIN
    assert decide(asked, fooled[:20]).ending is Ending.WAITING
    assert decide(asked, fooled[:3] + helped[3:]).pairs == 10


def test_a_moved_base_makes_a_trial_stale():
    assert not stale(trial().registration, "tree0")
    assert stale(trial().registration, "tree9")


def test_round_trip():
    runs = {"baseline": (outcome("k", BASELINE, True),), "candidate": ()}
    asked = trial(endpoint=Endpoint.TARGETED, placebo=Arm("c2", "tree2"), canaries=("k",), limits={"seconds": 5.0})
    rows = [pair(name, "b", placebo=False) for name in asked.order[:7]]
    full = replace(
        asked, verdict=decide(asked, rows), canaries=(Canary("k", **runs),), more_pools=(asked.registration.pool,)
    )
    assert Trial.from_data(full.to_data()) == full
    assert Trial.from_data(full.to_data()).registration.digest == asked.registration.digest
