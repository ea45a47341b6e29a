import pytest

from frmo.errors import InputError
from frmo.validators import python_cases
from tests.support.subjects import subject

pytestmark = pytest.mark.sandbox


def checked(tmp_path, source, *cases, files=("m.py",), **more):
    made = subject(tmp_path, {"m.py": source}, {}, {"cases": list(cases)}, task={"files": list(files)}, **more)
    return python_cases.check(made)


def case(expect=None, **more):
    return {"call": "f", "args": [], "expect": expect, **more}


@pytest.mark.parametrize(
    ("source", "expect"),
    [
        ("def f(): return [1, (2, 'x'), {'a': None}]", [1, [2, "x"], {"a": None}]),
        ("def f(): return {3, 1, 2}", [1, 2, 3]),
        ("def f(): return {(1, 2): b'x'}.keys() and 10**40", 10**40),
        ("import collections\ndef f(): return collections.Counter('aab')", {"a": 2, "b": 1}),
        ("import enum\nclass E(enum.IntEnum):\n    A = 3\ndef f(): return E.A", 3),
        ("async def f(): return 'later'", "later"),
        ("class C:\n    @staticmethod\n    def f(): return 1\nf = C.f", 1),
    ],
)
def test_right_results(tmp_path, source, expect):
    result = checked(tmp_path, source, case(expect))
    assert result.findings == ()
    assert result.checks == 1


def test_a_wrong_value(tmp_path):
    (found,) = checked(
        tmp_path, "def f(a, b=1): return a + b", {"call": "f", "args": [1], "kwargs": {"b": 2}, "expect": 4}
    ).findings
    assert (found.code, found.node) == ("wrong_value", "case 1: f(1, b=2)")
    assert found.message == "f(1, b=2) gave 3, expected 4"
    assert found.reproduce == 'python -c "from m import f; print(repr(f(1, b=2)))"'


@pytest.mark.parametrize(
    ("source", "code", "exception"),
    [
        ("def f(): return 1 / 0", "error", "ZeroDivisionError"),
        ("def f(): return object()", "wrong_value", ""),
        ("def f():\n    x = []\n    x.append(x)\n    return x", "unencodable", "ValueError"),
        ("def f(): return list(range(10**6))", "unencodable", "ValueError"),
        ("def f(): return 'x' * 10**7", "unencodable", ""),
        ("def g(): pass", "load", "AttributeError"),
        ("import not_there", "load", "ModuleNotFoundError"),
        ("def f(:", "load", "SyntaxError"),
        ("import sys; sys.exit(0)", "load", "SystemExit"),
        ("def f(): raise SystemExit(0)", "error", "SystemExit"),
        ("import os\ndef f(): os._exit(0)", "died", ""),
        ("import os\nos._exit(0)", "died", ""),
        ("import os\ndef f(): os.kill(os.getpid(), 9)", "died", ""),
        ("def f(): return bytearray(2**40)", "error", "MemoryError"),
        ("class E(Exception):\n    def __str__(self): raise RuntimeError\ndef f(): raise E", "error", "E"),
        ("class T(type):\n    def __repr__(cls): raise RuntimeError\nclass C(metaclass=T):\n    def __repr__(self): raise OSError\ndef f(): return C()", "unencodable", "OSError"),
    ],
)  # fmt: skip
def test_failures(tmp_path, source, code, exception):
    (found,) = checked(tmp_path, source, case(1)).findings
    assert (found.code, found.exception) == (code, exception)
    assert "/work" not in found.message


def test_where_it_was_raised(tmp_path):
    (found,) = checked(tmp_path, "def g():\n    return {}['x']\n\n\ndef f():\n    return g()\n", case(1)).findings
    assert (found.path, found.line, found.excerpt) == ("m.py", 2, "return {}['x']")


def test_expected_exceptions(tmp_path):
    source = "class Own(ValueError): pass\ndef f(kind):\n    if kind: raise Own('x')\n"
    raises = [{"call": "f", "args": [1], "raises": name} for name in ("Own", "ValueError", "builtins.ValueError")]
    assert checked(tmp_path, source, *raises).findings == ()
    wrong = [{"call": "f", "args": [1], "raises": "KeyError"}, {"call": "f", "args": [0], "raises": "Own"}]
    found = checked(tmp_path / "2", source, *wrong).findings
    assert [item.code for item in found] == ["error", "no_raise"]


def test_an_import_error_is_not_the_expected_exception(tmp_path):
    (found,) = checked(tmp_path, "raise ValueError", {"call": "f", "raises": "ValueError"}).findings
    assert found.code == "load"


def test_a_hang_is_a_timeout_and_later_cases_are_still_judged(tmp_path):
    from dataclasses import replace

    from tests.support.subjects import LIMITS

    source = "def f(x):\n    while x:\n        try: pass\n        except Exception: pass\n    return x"
    cases = [{"call": "f", "args": [value], "expect": 0} for value in (1, 0, "")]
    found = checked(tmp_path, source, *cases, limits=replace(LIMITS, seconds=4)).findings
    assert [item.code for item in found] == ["timeout", "wrong_value"]


def test_a_death_names_the_case_and_how_many_were_not_reached(tmp_path):
    source = "import os\ndef f(x): return os._exit(3) if x == 2 else x"
    (found,) = checked(tmp_path, source, *({"call": "f", "args": [n], "expect": n} for n in range(1, 5))).findings
    assert found.node == "case 2: f(2)"
    assert "2 more not reached" in found.message


def test_printing_does_no_harm(tmp_path):
    source = "import os, sys\nprint('x' * 10**6)\ndef f():\n    os.write(1, b'1 {}\\n' * 10**6)\n    os.write(2, b'y' * 10**6)\n    return 1"
    assert checked(tmp_path, source, case(1)).findings == ()


def test_what_is_expected_is_nowhere_to_be_found(tmp_path):
    source = """
        import pathlib, os, sys, gc
        def f():
            seen = "".join(p.read_text(errors="replace") for p in pathlib.Path(".").rglob("*") if p.is_file())
            seen += str(os.environ) + str(sys.argv) + pathlib.Path("/proc/self/cmdline").read_text()
            seen += repr([o for o in gc.get_objects() if isinstance(o, (dict, list, tuple))])
            return "need" + "le-7316" in seen
    """
    base = {"tests/test_m.py": "needle-7316", "tasks/task.yaml": "needle-7316", "state/config.yaml": ""}
    validation = {"cases": [{"call": "f", "expect": "needle-7316"}]}
    made = subject(tmp_path, {"m.py": source}, base, validation, task={"files": ["m.py"]})
    (found,) = python_cases.check(made).findings
    assert "gave False" in found.message


@pytest.mark.parametrize(
    ("files", "call"),
    [(["src/pack/m.py"], "f"), (["src/pack/*.py"], "f"), (["other.py", "x.py"], "pack.m:f"), ([], "pack.m:C.f")],
)
def test_which_module(tmp_path, files, call):
    source = "def f(): return 1\nclass C:\n    f = staticmethod(f)\n"
    validation = {"cases": [{"call": call, "expect": 1}]}
    made = subject(
        tmp_path,
        {"src/pack/m.py": source, "src/pack/__init__.py": ""},
        {"src/pack/__init__.py": ""},
        validation,
        task={"files": files},
    )
    assert python_cases.check(made).findings == ()


def test_a_case_without_a_module_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="which module has 'f'"):
        checked(tmp_path, "", case(1), files=())


def test_no_cases_is_nothing_to_check(tmp_path):
    assert checked(tmp_path, "").checks == 0
