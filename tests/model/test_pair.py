from dataclasses import replace

import pytest

from frmo.model.pair import Outcome, Pair, Target, outcome_of, score, settled
from frmo.model.state import RunState, Tokens
from frmo.model.verdict import LevelResult, Verdict
from tests.support.trials import BASELINE, TARGET, outcome, pair

LEVEL_2 = Target("0123456789ab", level=2)


def _outcome(passed_levels, failed_levels=(), fingerprints=()):
    return replace(
        outcome("t", BASELINE, True),
        passed_levels=passed_levels,
        failed_levels=failed_levels,
        fingerprints=fingerprints,
    )


@pytest.mark.parametrize(
    ("ran", "free"),
    [
        (_outcome((1, 2, 3)), True),
        (_outcome((1, 2), (3,), ("other",)), True),  # a failure at a later level is another matter
        (_outcome((), (1,), ("syntax",)), False),  # an earlier failure hides the pattern, it doesn't cure it
        (_outcome((1,), (2,), ("other",)), False),  # another error at its level
        (_outcome((1,), (2,), (LEVEL_2.fingerprint,)), False),
        (_outcome((2, 3), (1,)), False),  # all levels run: the earlier one still failed
        (_outcome((1, 2), (), (LEVEL_2.fingerprint,)), False),
        (_outcome((1,)), False),  # never reached
    ],
)
def test_free_of_a_pattern(ran, free):
    assert ran.free_of(LEVEL_2) is free


@pytest.mark.parametrize(("letter", "points"), [("b", 1), ("c", -1), ("+", 0), ("-", 0)])
def test_score(letter, points):
    assert score(pair("t", letter), None) == score(pair("t", letter), TARGET) == points


def test_score_against_the_placebo():
    assert score(pair("t", "b", placebo=True), None, against="placebo") == 0
    assert score(pair("t", "+", placebo=False), None, against="placebo") == 1


def test_two_faults_are_repeated_and_the_third_counts_against_the_candidate():
    first, second, third = (pair("t", "x", attempt) for attempt in (1, 2, 3))
    assert settled([]) is settled([first]) is settled([second, first]) is None
    assert settled([first, pair("t", "b", 2)]) == pair("t", "b", 2)
    assert settled([first, second, third]) is third
    assert score(third, None) == -1


def test_the_first_outcome_counts_whatever_was_run_after_it():
    assert settled([pair("t", "b", 2), pair("t", "c", 1)]) == pair("t", "c", 1)


def test_an_outcome_is_what_the_validation_record_says():
    levels = (LevelResult(1, True, 1, 0.1, ("parse",)), LevelResult(2, False, 3, 0.2, ("ruff",)))
    run = RunState("t-id", 1, "base", tokens=Tokens(10, 5), cost_usd=0.25)
    made = outcome_of(run, "abc", "tree0", Verdict(False, 1, "full", levels), ["f2", "f1", "f2"])
    assert made == Outcome("abc", "t-id", "base", "tree0", False, (1,), (2,), ("f1", "f2"), Tokens(10, 5), 0.25)


@pytest.mark.parametrize("row", [pair("t", "b"), pair("t", "x"), pair("t", "c", placebo=True)])
def test_round_trip(row):
    assert Pair.from_data(row.to_data()) == row
