import pytest

from frmo.validators.project_checks import check, found_checks
from tests.support.subjects import subject

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize(
    ("files", "commands"),
    [
        (
            {"package.json": '{"scripts": {"test": "jest", "lint": "eslint", "start": "x"}}'},
            ["npm run --silent lint", "npm run --silent test"],
        ),
        ({"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'}, []),
        ({"package.json": "{broken"}, []),
        ({"Makefile": "check: all\n\ttrue\n.PHONY: test\ntest:\n\tx\nTEST := 1\n"}, ["make check", "make test"]),
        ({"tox.ini": "[tox]\n", "pyproject.toml": "[tool.pytest.ini_options]\n"}, ["tox -q"]),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, ["python -m pytest -q"]),
        ({"readme.md": "x"}, []),
    ],
)
def test_what_a_project_names(tmp_path, files, commands):
    assert [item.command for item in found_checks(subject(tmp_path, {}, files).base)] == commands


MAKE = {"Makefile": "check:\n\ttest -f a.txt\n\tgrep -q good a.txt\n", "a.txt": "good"}


def test_a_check_that_passes_is_named(tmp_path):
    result = check(subject(tmp_path, {"a.txt": "good too"}, MAKE))
    assert (result.findings, result.checks, result.note) == ((), 1, "ran make check (Makefile)")


def test_a_check_that_newly_fails(tmp_path):
    (found,) = check(subject(tmp_path, {"a.txt": "bad"}, MAKE)).findings
    assert (found.code, found.node, found.reproduce, found.decides) == ("exit", "make check", "make check", True)


def test_one_that_failed_before_advises(tmp_path):
    (found,) = check(subject(tmp_path, {"b.txt": "x"}, {**MAKE, "a.txt": "bad"})).findings
    assert not found.decides
    assert found.message.endswith("(it fails at the base commit as well)")


def test_the_agents_makefile_does_not_count_for_finding_checks(tmp_path):
    result = check(subject(tmp_path, {"Makefile": "other:\n\ttrue\n", "a.txt": "bad"}, MAKE))
    assert [item.decides for item in result.findings] == [True]


def test_a_program_that_is_not_there_is_said(tmp_path):
    (found,) = check(subject(tmp_path, {"a": ""}, {"tox.ini": "[tox]\n"})).findings
    assert (found.code, found.decides) == ("not found", False)
    assert found.message == "tox is not installed: tox -q (tox.ini) was not run"


def test_none_found(tmp_path):
    result = check(subject(tmp_path, {"a": ""}))
    assert (result.checks, result.note) == (0, "the project names no checks")
