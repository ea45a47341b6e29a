import pytest

from frmo.errors import InputError
from frmo.validators import shell_effects, shell_syntax
from tests.support.subjects import subject

pytestmark = pytest.mark.sandbox


def form(tmp_path, files):
    return [(item.path, item.line, item.code) for item in shell_syntax.check(subject(tmp_path, files)).findings]


def test_scripts_that_parse(tmp_path):
    files = {
        "a.sh": "for x in 1 2; do echo $x; done\n",
        "b": "#!/usr/bin/env bash\nx=(1 2)\n",
        "c.txt": "if",
        "d": "#!/usr/bin/python3\nif\n",
    }
    assert form(tmp_path, files) == []


def test_scripts_that_do_not(tmp_path):
    files = {"a.sh": "echo 1\nfi\n", "b.bash": "x=(1 2\n", "c": "#!/bin/sh\nif true; then\n"}
    assert [(path, code) for path, _, code in form(tmp_path, files)] == [
        (name, "syntax") for name in ("a.sh", "b.bash", "c")
    ]


def test_nothing_of_a_script_runs(tmp_path):
    assert form(tmp_path, {"a.sh": "touch seen; exit 3\n"}) == []


BASE = {
    "tests/before/a.txt": "one\n",
    "tests/before/sub/b.log": "x",
    "tests/after/a.md": "one\n",
    "tests/after/sub/.gitkeep": "",
    "tests/out.txt": "done a.md\n",
}
TIDY = 'set -e\nrm -f sub/*.log\nfor f in *.txt; do mv "$f" "${f%.txt}.md"; done\necho done *.md\n'


def effects(tmp_path, script, **case):
    case = {"run": "sh $PROJECT/tidy.sh", "given": "tests/before", **case}
    return shell_effects.check(
        subject(tmp_path, {"tidy.sh": script}, BASE, {"checks": {"shell_effects": {"cases": [case]}}})
    )


def test_the_right_effect(tmp_path):
    result = effects(tmp_path, TIDY, expect="tests/after", stdout_file="tests/out.txt")
    assert (result.findings, result.checks) == ((), 1)


@pytest.mark.parametrize(
    ("script", "code", "message"),
    [
        ("exit 4", "exit", "exit code 4, should be 0"),
        ("exec kill -9 $$", "exit", "exit code 137"),
        (TIDY.replace("echo done", "echo"), "stdout", "printed 'a.md\\n', should print 'done a.md\\n'"),
        (TIDY + "touch extra\n", "files", "extra should not be there"),
        (TIDY + "rm a.md\n", "files", "a.md is not there"),
        (TIDY + "echo more >>a.md\n", "files", "a.md holds 'one\\nmore\\n', should hold 'one\\n'"),
        (TIDY + "ln -sf /etc/passwd a.md\n", "files", "a.md is not there"),
    ],
)
def test_a_wrong_effect(tmp_path, script, code, message):
    (found,) = effects(tmp_path, script, expect="tests/after", stdout_file="tests/out.txt").findings
    assert (found.code, found.node) == (code, "case 1: sh $PROJECT/tidy.sh")
    assert found.message.startswith(message)


def test_input_exit_code_and_an_empty_folder(tmp_path):
    case = {"run": "cat; ls; exit 3", "stdin": "hello\n", "stdout": "hello\n", "exit": 3}
    made = subject(tmp_path, {}, {}, {"checks": {"shell_effects": {"cases": [case]}}})
    assert shell_effects.check(made).findings == ()


def test_what_is_expected_can_not_be_seen_by_the_script(tmp_path):
    script = "find / -path /proc -prune -o -name out.txt -print -o -path '*tests/after*' -print 2>/dev/null | head -1 | grep . && exit 1; exit 0"
    assert effects(tmp_path, script).findings == ()


def test_the_project_is_read_only(tmp_path):
    (found,) = effects(tmp_path, "echo x > $PROJECT/new").findings
    assert found.code == "exit"


def test_a_folder_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"cases\[0\]\.expect: no folder 'tests/later' in the base commit"):
        effects(tmp_path, "true", expect="tests/later")
