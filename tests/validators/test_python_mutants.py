import pytest

from frmo.validators import python_mutants
from tests.support.subjects import subject

pytestmark = [pytest.mark.sandbox]

WORK = '''"""A module: 1 < 2."""


def old(x):
    return x + 1


def grade(points):
    """Pass from 50 on: 50 >= 50."""
    if points >= 50:
        return "pass"
    return "fail"
'''
BASE = {"m.py": "def old(x):\n    return x + 1\n"}


def judged(tmp_path, cases, work=WORK, **given):
    cases = [{"call": "m:grade", "args": [points], "expect": expect} for points, expect in cases]
    validation = {"cases": cases, "checks": {"python_mutants": given}}
    return python_mutants.check(subject(tmp_path, {"m.py": work}, BASE, validation, task={"files": ["m.py"]}))


def test_tests_that_hold_the_change_in_place(tmp_path):
    result = judged(tmp_path, [(50, "pass"), (49, "fail"), (51, "pass")])
    assert result.findings == ()
    assert result.checks >= 3
    assert result.note == f"{result.checks} of {result.checks} mutants killed"


def test_mutants_that_survive_decide_below_the_threshold(tmp_path):
    found = judged(tmp_path, [(90, "pass"), (10, "fail")]).findings
    assert {item.code for item in found} == {"survived"}
    assert all(item.decides and item.line == 10 and item.excerpt == "if points >= 50:" for item in found)
    assert "no test fails when line 10 reads `if points > 50:`" in [item.message for item in found]


def test_above_it_they_advise(tmp_path):
    found = judged(tmp_path, [(90, "pass"), (10, "fail")], threshold=0.1).findings
    assert found
    assert not any(item.decides for item in found)


def test_only_changed_lines_with_code_are_mutated(tmp_path):
    made = subject(tmp_path, {"m.py": WORK + 'if __name__ == "__main__":\n    print(1 + 1)\n'}, BASE)
    assert python_mutants.changed_lines(made, "m.py") == [2, 3, 6, 7, 8, 10, 11, 12]


def test_the_number_is_capped(tmp_path):
    assert judged(tmp_path, [(50, "pass"), (49, "fail")], most=2).checks == 2


def test_a_mutant_that_never_ends_is_killed(tmp_path):
    work = "def old(x):\n    return x + 1\n\n\ndef grade(points):\n    while points > 0:\n        points -= 1\n    return points\n"
    result = judged(tmp_path, [(3, 0), (0, 0), (-1, -1)], work=work)
    assert result.findings == ()


def test_pytest_kills_too(tmp_path):
    base = {
        **BASE,
        "tests/test_m.py": "from m import grade\n\n\ndef test_grade():\n    assert [grade(49), grade(50)] == ['fail', 'pass']\n",
    }
    validation = {"tests": "tests/test_m.py", "checks": {"python_mutants": {"most": 4}}}
    result = python_mutants.check(subject(tmp_path, {"m.py": WORK}, base, validation, task={"files": ["m.py"]}))
    assert (result.findings, result.checks) == ((), 4)


def test_work_that_fails_its_tests_and_tasks_without_are_left_alone(tmp_path):
    assert judged(tmp_path / "1", [(50, "fail")]).note == "the work itself fails its tests"
    assert judged(tmp_path / "2", []).checks == 0
