import pytest

from frmo.sandbox.program import Ended
from frmo.validators.invocation import Records
from frmo.validators.outcome import DIED, FAILED, PASSED, SKIPPED, outcomes

ENDED = Ended("exited", 0, b"", b"", 0.0)


def phase(when, outcome="passed", **more):
    return {"kind": "phase", "at": "t.py::a", "when": when, "outcome": outcome, **more}


ALL = [phase("setup"), phase("call"), phase("teardown")]


@pytest.mark.parametrize(
    ("phases", "status"),
    [
        (ALL, PASSED),
        (ALL[:2], DIED),
        ([], DIED),
        ([ALL[0], phase("call", raised=["AssertionError"], text="no"), ALL[2]], FAILED),
        ([ALL[0], phase("call", "failed"), ALL[2]], FAILED),
        ([*ALL[:2], phase("teardown", raised=["OSError"], text="x")], FAILED),
        ([phase("setup", "skipped", raised=["Skipped"]), ALL[2]], SKIPPED),
        ([ALL[0], phase("call", "skipped", raised=["AssertionError"], xfail=True), ALL[2]], SKIPPED),
        ([ALL[0], phase("call", "skipped", raised=["ValueError"]), ALL[2]], FAILED),
        ([*ALL, {"kind": "failed", "at": "t.py::a", "text": "a sub-test"}], FAILED),
    ],
)
def test_status(phases, status):
    found = outcomes(Records(({"kind": "start", "at": "t.py::a"}, *phases), 0, ENDED))
    assert found["t.py::a"].status == status


def test_the_function_of_a_node():
    (found,) = outcomes(Records(({"kind": "start", "at": "t.py::A::a[1-[x]]"},), 0, ENDED)).values()
    assert found.function == "t.py::A::a"
