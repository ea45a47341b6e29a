"""The decision to try again, by table; and that waiting stops for a cancel."""

import threading

import pytest

from frmo.errors import Interrupted
from frmo.gateway.fault import ProviderFault, Remedy
from frmo.gateway.retry import Patience, Policy, Tally, pause_s

POLICY = Policy(tries=3, backoff_s=1.0, backoff_max_s=4.0, overload_s=2.0, overload_max_s=8.0, max_wait_s=100.0)


def fault(remedy=Remedy.RETRY, after=None):
    return ProviderFault("x", "x", remedy, retry_after_s=after)


@pytest.mark.parametrize(
    ("what", "tally", "left_s", "pause"),
    [
        (fault(), Tally(tries=1), 60, 1.0),
        (fault(), Tally(tries=2), 60, 2.0),
        (fault(), Tally(tries=3), 60, None),
        (fault(after=5), Tally(tries=1), 60, 5.0),
        (fault(after=5), Tally(tries=1), 4, None),
        (fault(), Tally(tries=1), 0.5, None),
        (fault(Remedy.GIVE_UP), Tally(tries=1), 60, None),
        (fault(Remedy.SET_UP), Tally(tries=1), 60, None),
        (fault(Remedy.WAIT), Tally(waits=1), 0.5, 2.0),
        (fault(Remedy.WAIT), Tally(waits=9), 60, 8.0),
        (fault(Remedy.WAIT, after=30), Tally(waits=9, tries=3), 1, 30.0),
        (fault(Remedy.WAIT, after=30), Tally(waits=4, waited_s=80), 60, None),
        (fault(Remedy.WAIT, after=0), Tally(waits=1), 60, 0.0),
    ],
)
def test_the_pause_after_a_fault(what, tally, left_s, pause):
    assert pause_s(what, tally, POLICY, left_s, jitter=1.0) == pause


def test_jitter_spreads_but_never_shortens_what_the_provider_asked():
    assert pause_s(fault(), Tally(tries=1), POLICY, 60, jitter=0.25) == 0.25
    assert pause_s(fault(Remedy.WAIT), Tally(waits=1), POLICY, 60, jitter=0.0) == 1.0
    assert pause_s(fault(Remedy.WAIT, after=30), Tally(waits=1), POLICY, 60, jitter=0.0) == 30


def calls(*outcomes):
    """A call that ends in each outcome in turn."""
    left = list(outcomes)

    def call():
        outcome = left.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    return call


def test_each_wait_is_told_and_the_last_fault_is_raised():
    told, never = [], threading.Event()
    quick = Policy(tries=3, backoff_s=0.001)
    patience = Patience(quick, 60, never)
    with pytest.raises(ProviderFault):
        patience.calls(calls(fault(), fault(), fault()), lambda what, pause: told.append((what.code, pause)))
    assert [code for code, _ in told] == ["x", "x"]
    assert Patience(quick, 60, never).calls(calls(fault(), fault(), "fine"), lambda *_: None) == "fine"


def test_quota_waits_stop_the_clock_and_use_no_tries():
    patience = Patience(Policy(tries=1), 0.15, threading.Event())
    waits = [fault(Remedy.WAIT, after=0.05)] * 6
    assert patience.calls(calls(*waits, "fine"), lambda *_: None) == "fine"
    assert patience.left_s() > 0


def test_cancel_ends_a_wait():
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Interrupted):
        Patience(POLICY, 60, cancel).calls(calls(fault(Remedy.WAIT, after=50)), lambda *_: None)


def test_other_errors_pass_through_at_once():
    with pytest.raises(KeyError):
        Patience(POLICY, 60, threading.Event()).calls(calls(KeyError("bug")), lambda *_: None)
