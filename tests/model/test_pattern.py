from fractions import Fraction
from math import comb, isclose
from random import Random

import pytest

from frmo.model.pattern import (
    Nature,
    Observation,
    Pattern,
    benjamini_hochberg,
    chance_above_half,
    find_patterns,
    hypergeometric_tail,
    nature_of,
    rerun_again,
)  # fmt: skip


@pytest.mark.parametrize(
    ("population", "marked", "drawn", "k", "scipy"),
    [
        (100, 20, 30, 12, 0.001830609424724005),
        (500, 25, 40, 9, 4.3381346345098357e-05),
        (2000, 60, 150, 20, 2.8874706719607134e-09),
        (397, 87, 120, 45, 1.4701639456487246e-06),
        (50, 5, 10, 5, 0.00011893749174045195),
    ],
)
def test_tail_agrees_with_scipy(population, marked, drawn, k, scipy):
    assert isclose(hypergeometric_tail(k, population, marked, drawn), scipy, rel_tol=1e-9)


def test_tail_agrees_with_counting():
    for marked in range(9):
        for drawn in range(9):
            for k in range(10):
                ways = sum(comb(marked, i) * comb(8 - marked, drawn - i) for i in range(k, drawn + 1))
                assert isclose(hypergeometric_tail(k, 8, marked, drawn), ways / comb(8, drawn), abs_tol=1e-12)


def test_benjamini_hochberg_agrees_with_scipy():
    ps = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205]
    expected = [0.008, 0.032, 0.0672, 0.0672, 0.0672, 0.08, 0.08457142857142856, 0.205]
    assert benjamini_hochberg(ps) == pytest.approx(expected, rel=1e-12)
    assert benjamini_hochberg([0.04, 0.01, 0.03, 0.01]) == pytest.approx([0.04, 0.02, 0.04, 0.02])
    assert benjamini_hochberg([]) == []


@pytest.mark.parametrize(
    ("failures", "reruns", "nature"),
    [
        (0, 0, Nature.UNDECIDED),
        (2, 2, Nature.UNDECIDED),
        (3, 3, Nature.SYSTEMATIC),
        (0, 3, Nature.STOCHASTIC),
        (5, 6, Nature.SYSTEMATIC),
        (4, 6, Nature.UNDECIDED),
        (1, 6, Nature.STOCHASTIC),
    ],
)
def test_systematic_or_stochastic(failures, reruns, nature):
    assert nature_of(failures, reruns) is nature
    assert rerun_again(failures, reruns) is (nature is Nature.UNDECIDED and reruns < 6)


def test_chance_is_the_beta_posterior():
    assert chance_above_half(3, 3) == Fraction(15, 16)
    assert chance_above_half(2, 4) == Fraction(1, 2)


def _observations(random, tasks, linked):
    for number in range(tasks):
        domain = random.choice(["python", "sql", "data"])
        errors = {f"e{kind}" for kind in range(6) if random.random() < 0.15}
        if (linked and domain == "sql" and random.random() < 0.6) or random.random() < 0.03:
            errors.add("join")
        factors = {("domain", domain), ("role", random.choice(["executor", "analyzer"]))}
        yield Observation(f"t{number}", frozenset(factors), frozenset(errors))


def test_the_linked_error_is_found_and_nothing_else():
    random = Random(5)
    mining, replication = list(_observations(random, 200, True)), list(_observations(random, 100, True))
    found = find_patterns(mining, replication)
    assert [(item.fingerprint, item.factor, item.value) for item in found] == [("join", "domain", "sql")]
    pattern = found[0]
    assert pattern.support == len(pattern.tasks) >= 5
    assert pattern.p <= pattern.q <= 0.01
    assert find_patterns(reversed(mining), reversed(replication)) == found


def test_what_is_not_repeated_is_no_pattern():
    random = Random(5)
    mining, unlinked = list(_observations(random, 200, True)), list(_observations(random, 100, False))
    assert find_patterns(mining, unlinked) == []
    assert find_patterns(mining, []) == []


def test_an_error_that_is_everywhere_repeats_nothing():
    random = Random(5)
    factors = [frozenset({("domain", name), ("role", "executor")}) for name in ("python", "sql", "data")]
    everywhere = [Observation(f"r{n}", factors[n % 3], frozenset({"join"} if n % 2 else ())) for n in range(100)]
    assert find_patterns(list(_observations(random, 200, True)), everywhere) == []


def test_repeats_of_one_task_are_one_task():
    random = Random(5)
    others = [Observation(f"o{n}", frozenset({("domain", "python")}), frozenset()) for n in range(50)]
    same = [Observation("t", frozenset({("domain", "sql")}), frozenset({"join"})) for _ in range(20)]
    assert find_patterns(others + same, list(_observations(random, 100, True))) == []


def test_a_stochastic_pattern_is_no_ground_for_a_proposal():
    pattern = Pattern("f", "domain", "sql", 5, 5, 9, 90, 1e-6, 1e-4, 1e-3, ("a",))
    assert pattern.may_propose
    assert not Pattern(**{**pattern.to_data(), "nature": Nature.STOCHASTIC}).may_propose
