import pytest

from frmo.validators import commands
from tests.support.subjects import subject

pytestmark = pytest.mark.sandbox


def found(tmp_path, *lines, domain=(), work=None):
    return commands.check(
        subject(tmp_path, work or {"a.py": "print(1)"}, {}, {"commands": list(lines)}, commands=domain)
    )


def test_exit_0_passes(tmp_path):
    result = found(tmp_path, "python -m a", "test -f a.py && true", domain=("echo first",))
    assert result.findings == ()
    assert result.checks == 3


def test_anything_else_does_not(tmp_path):
    first, second = found(tmp_path, "echo why >&2; exit 3", "true", "kill -9 $$").findings
    assert (first.code, first.message, first.node) == ("exit", "exit code 3: why", "command 1")
    assert first.reproduce == "echo why >&2; exit 3"
    assert second.message.startswith("exit code 137")


def test_each_command_has_its_own_copy(tmp_path):
    assert found(tmp_path, "rm a.py", "test -f a.py").findings == ()
    assert (tmp_path / "work/a.py").exists()


def test_a_hang_ends(tmp_path):
    from dataclasses import replace

    from tests.support.subjects import LIMITS

    made = subject(tmp_path, {}, {}, {"commands": ["sleep 60"]}, limits=replace(LIMITS, seconds=1))
    (finding,) = commands.check(made).findings
    assert finding.code == "timeout"


def test_none_is_nothing_to_check(tmp_path):
    assert found(tmp_path).checks == 0


def test_a_command_of_the_domain_that_fails_at_the_base_only_advises(tmp_path):
    made = subject(tmp_path, {"a.py": "x"}, {"old.txt": "x"}, commands=("test -f never", "! test -f a.py", "exit 0"))
    first, second = commands.check(made).findings
    assert (first.node, first.decides) == ("command 1", False)
    assert (second.node, second.decides) == ("command 2", True)


def test_modules_below_src_are_found(tmp_path):
    assert found(tmp_path, "python -m pack.m", work={"src/pack/m.py": "print(1)"}).findings == ()
