import pytest

from frmo.errors import InputError
from frmo.model.task import Validation
from frmo.validators.levels import asked_level, only_changed, validate
from tests.support.subjects import subject

pytestmark = pytest.mark.sandbox

LEVELS = {
    1: ("protected_paths", "python_syntax"),
    2: ("python_static",),
    3: ("python_tests", "python_cases"),
    4: ("commands",),
}
BASE = {"tests/test_m.py": "from m import f\n\n\ndef test_f():\n    assert f() == 1\n"}
VALIDATION = {"tests": "tests/test_m.py", "cases": [{"call": "m:f", "expect": 1}], "commands": ["python -m m"]}


def judged(tmp_path, source, asked=4, **more):
    return validate(subject(tmp_path, {"m.py": source}, BASE, VALIDATION), LEVELS, asked, **more)


def test_all_levels_pass(tmp_path):
    verdict, findings = judged(tmp_path, "def f():\n    return 1\n")
    assert verdict.passed
    assert verdict.label().startswith("level 4, 2 tests")
    assert [result.level for result in verdict.levels] == [1, 2, 3, 4]
    assert findings == []


def test_it_stops_at_the_first_level_that_fails(tmp_path):
    verdict, findings = judged(tmp_path, "def f():\n    return x\n")
    assert not verdict.passed
    assert verdict.level == 1
    assert [result.level for result in verdict.levels] == [1, 2]
    assert [finding.code for finding in findings] == ["F821"]


def test_all_levels_on_request(tmp_path):
    verdict, findings = judged(tmp_path, "def f():\n    return x\n", run_all=True)
    assert [result.passed for result in verdict.levels] == [True, False, False, True]
    assert verdict.level == 1
    assert {finding.level for finding in findings} == {2, 3}


def test_advice_does_not_fail_a_level(tmp_path):
    verdict, findings = judged(tmp_path, "import os\n\n\ndef f():\n    return 1\n")
    assert verdict.passed
    assert verdict.advice == len(findings) > 0


def test_a_level_with_nothing_to_check_passes_and_says_so(tmp_path):
    verdict, _ = validate(subject(tmp_path, {"a.md": "x"}), {1: ("python_syntax",)}, 3)
    assert verdict.passed
    assert [result.note for result in verdict.levels] == ["nothing to check"] * 3
    assert verdict.label().startswith("level 3, no tests ran")


def test_a_validator_that_nobody_has_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="no validator 'python_magic'"):
        validate(subject(tmp_path, {}), {1: ("python_magic",)}, 1)


@pytest.mark.parametrize(
    ("check", "least", "asked"),
    [
        (Validation(), 2, 2),
        (Validation(), 4, 4),
        (Validation(tests=("t",)), 2, 3),
        (Validation(commands=("c",), tests=("t",)), 2, 4),
        (Validation(checks={"commands": {}}), 2, 4),
        (Validation(level=1, tests=("t",)), 2, 1),
        (Validation(level=5), 2, 5),
    ],
)
def test_asked_level(check, least, asked):
    assert asked_level(check, LEVELS, least) == asked


def test_what_looks_at_changed_files_only():
    levels = {1: ("protected_paths", "python_syntax"), 2: ("python_static",)}
    assert only_changed(1, levels)
    assert not only_changed(2, levels)
    assert not only_changed(1, {1: ("python_syntax", "data_rules")})
