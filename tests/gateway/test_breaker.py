"""When everybody waits for one provider, and how it closes again."""

import pytest

from frmo.gateway.breaker import Breaker, Circuit, Limit, after
from frmo.gateway.fault import ProviderFault, Remedy

LIMIT = Limit(failures=3, open_s=2.0, open_max_s=5.0)
DOWN = ProviderFault("http-500", "")
QUOTA = ProviderFault("quota", "", Remedy.WAIT, retry_after_s=7.0)
OVERLOAD = ProviderFault("overloaded", "", Remedy.WAIT)
ASKED_WRONGLY = ProviderFault("bad-request", "", Remedy.GIVE_UP)
OUR_FAULT = ProviderFault("odd", "", provider_fault=False)


@pytest.mark.parametrize(
    ("circuit", "fault", "then"),
    [
        (Circuit(), None, Circuit()),
        (Circuit(failures=2), None, Circuit()),
        (Circuit(failures=1), DOWN, Circuit(failures=2)),
        (Circuit(failures=2), DOWN, Circuit(0, 1, 102.0)),
        (Circuit(failures=2), OVERLOAD, Circuit(0, 1, 102.0)),
        (Circuit(), QUOTA, Circuit(until=107.0)),
        (Circuit(until=120.0), QUOTA, Circuit(until=120.0)),
        (Circuit(failures=2), ASKED_WRONGLY, Circuit()),
        (Circuit(failures=2), OUR_FAULT, Circuit()),
        (Circuit(0, 1, 99.0), DOWN, Circuit(0, 2, 104.0)),
        (Circuit(0, 9, 99.0), DOWN, Circuit(0, 10, 105.0)),
        (Circuit(0, 1, 101.0), DOWN, Circuit(0, 1, 101.0)),
        (Circuit(0, 9, 99.0), None, Circuit()),
    ],
)
def test_the_circuit_after_a_call_at_100(circuit, fault, then):
    assert after(circuit, fault, 100.0, LIMIT) == then


class Hands:
    at = 100.0

    def __call__(self):
        return self.at


def test_one_probe_at_a_time_until_one_answers():
    hands = Hands()
    breaker = Breaker(LIMIT, hands)
    for _ in range(3):
        assert breaker.admit() == 0
        breaker.ended(DOWN)
    assert breaker.admit() == breaker.wait_s() == pytest.approx(2.0)
    hands.at = 102.0
    assert breaker.wait_s() == 0
    assert breaker.admit() == 0
    assert breaker.admit() > 0  # the probe is under way
    breaker.ended(DOWN)
    assert breaker.admit() == pytest.approx(4.0)
    hands.at = 106.0
    assert breaker.admit() == 0
    breaker.ended(None)
    assert [breaker.admit(), breaker.admit()] == [0, 0]


def test_a_probe_that_was_left_says_nothing_but_frees_the_place():
    hands = Hands()
    breaker = Breaker(LIMIT, hands)
    for _ in range(3):
        breaker.ended(DOWN)
    hands.at = 102.0
    assert breaker.admit() == 0
    breaker.ended(None, left=True)
    assert breaker.admit() == 0
    assert breaker.admit() > 0
