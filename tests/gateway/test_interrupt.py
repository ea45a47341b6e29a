"""Calls in a thread of their own: results, errors and strangers come through."""

import itertools

import pytest

from frmo.errors import ProviderUnavailable
from frmo.gateway.fault import ProviderFault, Remedy
from frmo.gateway.interrupt import Left, gathered, interruptible


def raising(error):
    def call(_left):
        raise error

    return call


def test_results_and_known_errors_come_through(never):
    assert interruptible(lambda _left: 5, 1.0, never) == 5
    with pytest.raises(ProviderUnavailable):
        interruptible(raising(ProviderUnavailable("x")), 1.0, never)


def test_an_exception_nobody_foresaw_is_retryable_and_named(never):
    with pytest.raises(ProviderFault, match="ZeroDivisionError: oh") as caught:
        interruptible(raising(ZeroDivisionError("oh")), 1.0, never)
    assert (caught.value.code, caught.value.remedy, caught.value.spent) == ("unknown", Remedy.RETRY, None)


def test_a_call_that_was_left_is_told(never):
    seen = []

    def call(left):
        seen.append(left)
        left.wait(30)

    with pytest.raises(ProviderFault, match=r"within 0\.1 s"):
        interruptible(call, 0.05, never)
    assert seen[0].is_set()


def test_a_body_is_gathered_until_nobody_waits(monkeypatch):
    left = Left()
    assert gathered([b"a", b"b"], left) == b"ab"
    monkeypatch.setattr("frmo.gateway.interrupt.MAX_REPLY_BYTES", 3)
    with pytest.raises(ProviderFault, match="passed 3 bytes"):
        gathered([b"aa", b"bb"], left)
    left.set()
    with pytest.raises(ProviderFault):
        gathered(itertools.repeat(b"a"), left)
