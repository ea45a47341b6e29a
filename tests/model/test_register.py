from dataclasses import replace

import pytest

from frmo.model.alpha import gamma
from frmo.model.register import (
    ABANDONED,
    Ended,
    Extended,
    Registered,
    entry_from_data,
    entry_to_data,
    next_number,
    register_breaches,
    registration_breaches,
)
from tests.support.trials import trial

HISTORY = [
    Registered("a", 1, 0, "d1"),
    Registered("b", 2, 0, "d2"),
    Ended("a", "win"),
    Registered("c", 3, 1, "d3"),
    Extended("b", "p1"),
    Ended("b", ABANDONED),
    Ended("c", "futile"),
]


def test_numbers_are_never_given_twice_and_only_wins_count():
    assert [next_number(HISTORY[:length]) for length in range(8)] == [
        (1, 0), (2, 0), (3, 0), (3, 1), (4, 1), (4, 1), (4, 1), (4, 1),
    ]  # fmt: skip
    assert register_breaches(HISTORY) == []


@pytest.mark.parametrize(
    ("place", "entry", "word"),
    [
        (1, Registered("b", 1, 0, "d2"), "t=1"),
        (3, Registered("c", 3, 2, "d3"), "R=2"),
        (3, Registered("a", 3, 1, "d3"), "twice"),
        (4, Extended("z", "p1"), "before its registration"),
        (5, Ended("a", "win"), "after its end"),
        (6, Ended("c", "lucky"), "lucky"),
    ],
)
def test_a_bent_register_is_seen(place, entry, word):
    bent = [*HISTORY[:place], entry, *HISTORY[place + 1 :]]
    assert any(word in breach for breach in register_breaches(bent))


def test_a_dropped_trial_is_seen():
    assert register_breaches([entry for entry in HISTORY if entry.trial != "b"])


@pytest.mark.parametrize("entry", HISTORY)
def test_round_trip(entry):
    assert entry_from_data(entry_to_data(entry)) == entry


def test_a_registration_must_be_the_registered_one():
    asked = trial().registration
    register = [Registered(asked.trial, 1, 0, asked.digest)]
    assert registration_breaches(asked, [], register) == []
    assert "never registered" in registration_breaches(asked, [], [])[0]
    assert len(registration_breaches(replace(asked, t=2, gamma=gamma(2)), [], register)) == 2
    assert registration_breaches(replace(asked, model="another"), [], register)
    assert registration_breaches(asked, [asked.pool], register)
    assert registration_breaches(asked, [asked.pool], [*register, Extended(asked.trial, asked.pool.digest)]) == []
