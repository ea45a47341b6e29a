"""Calls per minute."""

from frmo.gateway.pace import Pace


class Hands:
    at = 1000.0

    def __call__(self):
        return self.at


def test_no_minute_sees_more_than_allowed_but_a_short_burst():
    hands = Hands()
    pace, starts = Pace(60, hands), []
    for _ in range(200):
        hands.at += (wait := pace.take())
        starts.append(hands.at)
        assert wait <= 1.0 + 1e-9
    first = [at for at in starts if at < starts[0] + 60]
    later = [at for at in starts if starts[0] + 60 <= at < starts[0] + 120]
    assert len(first) <= 65
    assert len(later) <= 60
    assert starts[4] == starts[0]


def test_a_slow_limit_has_no_burst_and_no_limit_never_waits():
    slow, free = Pace(6, Hands()), Pace(None)
    assert [slow.take(), slow.take(), slow.take()] == [0.0, 10.0, 20.0]
    assert [free.take() for _ in range(100)] == [0.0] * 100


def test_time_that_passed_is_credited():
    hands = Hands()
    pace = Pace(6, hands)
    pace.take()
    hands.at += 10.0
    assert pace.take() == 0.0
