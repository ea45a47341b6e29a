import json
import subprocess
import sys
from dataclasses import replace

import pytest

from frmo.errors import InputError
from frmo.validators import python_tests
from frmo.validators.interpreter import resolve
from tests.support.subjects import LIMITS, subject

pytestmark = pytest.mark.sandbox

BASE = {
    "m.py": "def f(x):\n    return x\n",
    "tests/test_m.py": "from m import f\n\n\ndef test_one():\n    assert f(1) == 1\n",
}
NAMED = {"tests": "tests/test_m.py"}


def checked(tmp_path, work, base=None, validation=None, **more):
    return python_tests.check(subject(tmp_path, work, BASE if base is None else base, validation, **more))


def summary(result):
    return [(item.code, item.exception, item.node) for item in result.findings]


def test_named_tests_pass(tmp_path):
    result = checked(tmp_path, {"m.py": "def f(x): return +x\n"}, None, NAMED)
    assert result.findings == ()
    assert result.checks == 1


def test_a_failing_test(tmp_path):
    (found,) = checked(tmp_path, {"m.py": "def f(x):\n    return x + 1\n"}, None, NAMED).findings
    assert (found.code, found.exception, found.node) == ("assert", "AssertionError", "tests/test_m.py::test_one")
    assert (found.path, found.line, found.excerpt) == ("tests/test_m.py", 5, "assert f(1) == 1")
    assert found.reproduce == "python -m pytest tests/test_m.py::test_one"
    assert found.message.startswith("assert 2 == 1")
    assert "/work" not in str(found)


def test_an_exception_is_placed_where_it_was_raised(tmp_path):
    (found,) = checked(tmp_path, {"m.py": "def f(x):\n    return x.upper()\n"}, None, NAMED).findings
    assert (found.code, found.exception, found.path, found.line) == ("error", "AttributeError", "m.py", 2)


def test_one_finding_for_a_module_that_can_not_be_imported(tmp_path):
    result = checked(tmp_path, {"m.py": "def f(x:\n"}, None, NAMED)
    assert summary(result) == [("collect", "SyntaxError", "tests/test_m.py")]


def test_parameters_fixtures_classes_and_sub_tests(tmp_path):
    tests = """
        import unittest
        import pytest
        from m import f

        @pytest.fixture
        def two(): return 2

        @pytest.mark.parametrize("x", [1, 2, 3])
        def test_param(x, two): assert f(x) == x or x == two

        class TestGroup:
            def test_in(self, tmp_path, monkeypatch, capsys):
                print("seen")
                assert capsys.readouterr().out == "seen\\n"
                assert f(3) == 3

        class Unit(unittest.TestCase):
            def test_sub(self):
                for x in (1, 2):
                    with self.subTest(x=x):
                        self.assertEqual(f(x), x)
    """
    base = {**BASE, "tests/test_m.py": tests}
    assert checked(tmp_path / "1", {"m.py": "def f(x): return 0 + x"}, base, NAMED).findings == ()
    nodes = {
        item.node
        for item in checked(tmp_path / "2", {"m.py": "def f(x): return 0 if x == 2 else x"}, base, NAMED).findings
    }
    assert nodes == {"tests/test_m.py::Unit::test_sub"}


def test_skips_count_only_where_the_test_says_so(tmp_path):
    tests = """
        import pytest
        from m import f
        @pytest.mark.skipif(True, reason="never here")
        def test_a(): assert False
        @pytest.mark.xfail
        def test_b(): assert False
        def test_c(): f(1)
    """
    base = {**BASE, "tests/test_m.py": tests}
    assert checked(tmp_path / "1", {"m.py": "def f(x): pass"}, base, NAMED).findings == ()
    skipping = {"m.py": "import unittest\ndef f(x): raise unittest.SkipTest('no')"}
    assert summary(checked(tmp_path / "2", skipping, base, NAMED)) == [("missing", "", "tests/test_m.py::test_c")]


def test_one_test_of_a_file(tmp_path):
    base = {**BASE, "tests/test_m.py": BASE["tests/test_m.py"] + "\n\ndef test_two():\n    assert f(1) == 2\n"}
    validation = {"tests": ["tests/test_m.py::test_one"]}
    result = checked(tmp_path, {"m.py": "def f(x): return x * 1\n"}, base, validation)
    assert (result.findings, result.checks) == ((), 1)


def test_folders_globs_and_conftest_of_the_base(tmp_path):
    base = {
        "m.py": "",
        "tests/conftest.py": "import pytest\n@pytest.fixture\ndef one(): return 1\n",
        "tests/unit/test_a.py": "from m import f\ndef test_a(one): assert f() == one\n",
        "tests/unit/test_b.py": "from m import f\ndef test_b(one): assert f() == one\n",
    }
    for number, tests in enumerate(
        (["tests/"], ["tests/unit/test_*.py"], ["./tests/unit/test_a.py", "tests/unit/test_b.py"])
    ):
        result = checked(tmp_path / str(number), {"m.py": "def f(): return 1"}, base, {"tests": tests})
        assert (result.findings, result.checks) == ((), 2)


def test_a_source_folder_and_the_projects_settings(tmp_path):
    base = {
        "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--cov=x -n 4'\npython_functions = ['check_*']\nmarkers = ['slow: s']\nfilterwarnings = ['error']\n",
        "src/pack/__init__.py": "",
        "src/pack/m.py": "",
        "checks/test_m.py": "import pytest\nfrom pack.m import f\n@pytest.mark.slow\ndef check_f(): assert f() == 1\n",
    }
    result = checked(tmp_path, {"src/pack/m.py": "def f(): return 1"}, base, {"tests": "checks"})
    assert (result.findings, result.checks) == ((), 1)


def test_tests_may_start_programs_of_the_project(tmp_path):
    tests = """
        import subprocess, sys
        def test_module():
            done = subprocess.run([sys.executable, "-m", "pack.m"], capture_output=True, text=True, cwd="/tmp")
            assert done.stdout == "1\\n", done
    """
    base = {"src/pack/__init__.py": "", "tests/test_m.py": tests}
    assert checked(tmp_path, {"src/pack/m.py": "print(1)"}, base, NAMED).findings == ()


def test_a_hang_is_a_timeout_and_the_other_tests_are_judged(tmp_path):
    tests = (
        "from m import f\ndef test_a(): assert f(0)\ndef test_b(): assert f(1) == 1\ndef test_c(): assert f(1) == 2\n"
    )
    work = {"m.py": "def f(x):\n    while not x: pass\n    return x\n"}
    result = checked(tmp_path, work, {**BASE, "tests/test_m.py": tests}, NAMED, limits=replace(LIMITS, seconds=4))
    assert [(code, node.rpartition("::")[2]) for code, _, node in summary(result)] == [
        ("timeout", "test_a"),
        ("assert", "test_c"),
    ]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("import os\ndef f(x): os._exit(0)", "died"),
        ("import os\ndef f(x): os.kill(os.getpid(), 9)", "died"),
        ("import time\ndef f(x):\n  while True:\n    try: time.sleep(9)\n    except BaseException: pass", "timeout"),
        ("def f(x): raise KeyboardInterrupt", "stopped"),
        ("import pytest\ndef f(x): pytest.exit('x', 0)", "stopped"),
        ("def f(x): raise SystemExit(0)", "error"),
        ("def f(x):\n  y = [0] * (1 << 40)", "error"),
        ("def f(x): return f(x)", "error"),
    ],
)
def test_every_end_is_a_finding(tmp_path, source, code):
    result = checked(tmp_path, {"m.py": source}, None, NAMED, limits=replace(LIMITS, seconds=3))
    assert [item.code for item in result.findings] == [code]


def test_printing_does_no_harm(tmp_path):
    source = "import os\nprint('x' * 10**6)\ndef f(x):\n    for fd in (1, 2): os.write(fd, b'y' * 10**7)\n    return x"
    assert checked(tmp_path, {"m.py": source}, None, NAMED).findings == ()


def test_a_test_that_is_not_in_the_base_commit_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"tasks/task\.yaml: .*no test at 'tests/test_new\.py' in the base commit"):
        checked(tmp_path, {"tests/test_new.py": "def test_a(): pass"}, None, {"tests": "tests/test_new.py"})


def test_a_broken_test_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"tests/test_m\.py: the base commit's test file can't be parsed"):
        checked(tmp_path, {}, {"tests/test_m.py": "def ("}, NAMED)


def test_a_file_without_tests_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="holds no test"):
        checked(tmp_path, {}, {"tests/test_m.py": "x = 1\n"}, NAMED)


def test_a_module_that_the_tests_need_and_nobody_has_is_no_fault_of_the_work(tmp_path):
    base = {**BASE, "tests/test_m.py": "import numpy_like\nfrom m import f\ndef test_a(): pass\n"}
    with pytest.raises(InputError, match=r"tests/test_m\.py:1: the tests need the module 'numpy_like'.*pip install"):
        checked(tmp_path, {"m.py": "def f(): pass"}, base, NAMED)


def test_a_module_that_the_agent_was_to_write_is(tmp_path):
    base = {"tests/test_m.py": "from m import f\ndef test_a(): pass\n"}
    result = checked(tmp_path, {"other.py": ""}, base, NAMED, task={"files": ["m.py"]})
    assert summary(result) == [("collect", "ModuleNotFoundError", "tests/test_m.py")]


def test_settings_that_pytest_refuses_are_an_input_error(tmp_path):
    base = {**BASE, "pytest.ini": "[pytest]\naddopts = -p no_such_plugin\n"}
    with pytest.raises(InputError, match="no_such_plugin"):
        checked(tmp_path, {}, base, NAMED)


def test_an_interpreter_without_pytest_says_what_to_install(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], check=True)
    python = resolve("env", tmp_path, "config")
    with pytest.raises(InputError, match=r"No module named 'pytest'.*env/bin/python -m pip install pytest"):
        checked(tmp_path, {}, None, NAMED, python=python)


def test_without_named_tests_only_new_failures_count(tmp_path):
    tests = """
        from m import f
        def test_good(): assert f(1) == 1
        def test_was_broken(): assert f(1) == 7
        def test_other(): assert f(2) == 2
    """
    base = {
        **BASE,
        "tests/test_m.py": tests,
        "test_top.py": "def test_top(): pass\n",
        "tests/test_bad.py": "import nothing\n",
    }
    good = checked(tmp_path / "1", {"m.py": "def f(x): return 0 + x"}, base)
    assert (good.findings, good.checks, good.note) == ((), 3, "regression: 3 tests that passed before")
    bad = checked(tmp_path / "2", {"m.py": "def f(x): return 2"}, base)
    assert summary(bad) == [("assert", "AssertionError", "tests/test_m.py::test_good")]
    gone = checked(tmp_path / "3", {"m.py": "import os; os._exit(0)"}, base)
    assert [item.code for item in gone.findings] == ["died"]
    broken = checked(tmp_path / "4", {"m.py": "1 / 0"}, base)
    assert summary(broken) == [("collect", "ZeroDivisionError", "tests/test_m.py")]


def test_regression_tests_of_the_base_are_remembered(tmp_path):
    memory = {}

    def remember(key, make):
        if key not in memory:
            memory[key] = make()
        return memory[key]

    checked(tmp_path / "1", {"m.py": "def f(x): return x + 0"}, remember=remember)
    ((key, value),) = memory.items()
    assert json.loads(value) == {"tests/test_m.py::test_one": "passed"}
    memory[key] = b'{"tests/test_m.py::test_one": "failed"}'
    result = checked(tmp_path / "2", {"m.py": "def f(x): return 9"}, remember=remember)
    assert (result.findings, result.checks) == ((), 0)
    assert "nothing to compare" in result.note


def test_a_base_without_tests_is_nothing_to_check(tmp_path):
    result = checked(tmp_path, {"m.py": ""}, {"m.py": "x = 1"})
    assert (result.findings, result.checks, result.note) == ((), 0, "the base commit has no tests")


def test_a_tracer_that_is_tested_may_trace(tmp_path):
    work = {"m.py": "import sys\ndef f(x):\n    sys.settrace(None)\n    return x\n"}
    named = {**BASE, "tests/test_m.py": BASE["tests/test_m.py"] + "\n\ndef test_settrace_is_left(): pass\n"}
    assert [item.code for item in checked(tmp_path / "1", work, None, NAMED).findings] == ["forged"]
    assert checked(tmp_path / "2", work, named, NAMED).findings == ()
