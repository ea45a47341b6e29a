import pytest

from frmo.errors import InputError
from frmo.validators import python_properties
from tests.support.subjects import subject

pytestmark = pytest.mark.sandbox


def found(tmp_path, source, given=None, base=None, validation=None, **more):
    validation = {**(validation or {}), "checks": {"python_properties": given or {}}}
    return python_properties.check(subject(tmp_path, {"m.py": source}, base, validation, **more))


REFERENCE = {"ref.py": "def f(items):\n    return sorted(set(items))\n"}


def test_agreement_with_a_reference(tmp_path):
    source = "def f(items: list[int]) -> list[int]:\n    seen = {}\n    for x in items: seen[x] = 1\n    return sorted(seen)\n"
    result = found(tmp_path, source, {"reference": "ref.py:f"}, REFERENCE)
    assert (result.findings, result.checks) == ((), 1)


def test_a_difference_is_shrunk_to_the_smallest(tmp_path):
    source = "def f(items: list[int]) -> list[int]:\n    return sorted(items)\n"
    (item,) = found(tmp_path, source, {"reference": "ref.py:f"}, REFERENCE).findings
    assert (item.code, item.path, item.line, item.node) == ("differs", "m.py", 1, "f")
    assert item.message == "f([1, 1]) gives [1, 1], the reference gives [1]"
    assert item.reproduce == 'python -c "from m import f; print(repr(f([1, 1])))"'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("return items[0:1] and [items[3]] and sorted(set(items))", "crash"),
        ("import os\n    if len(items) > 3: os._exit(0)\n    return sorted(set(items))", "died"),
        ("while len(items) > 3: pass\n    return sorted(set(items))", "hang"),
    ],
)
def test_other_ends_than_the_reference(tmp_path, body, code):
    source = f"def f(items: list[int]) -> list[int]:\n    {body}\n"
    given = {"reference": "ref.py:f", "call_seconds": 0.3, "seconds": 5}
    (item,) = found(tmp_path, source, given, REFERENCE).findings
    assert item.code == code


def test_what_the_reference_refuses_is_left_out(tmp_path):
    base = {"ref.py": "def f(x):\n    if x < 0: raise ValueError\n    return x\n"}
    assert found(tmp_path, "def f(x: int):\n    return abs(x)\n", {"reference": "ref.py:f"}, base).findings == ()


def test_kinds_of_input_are_found_by_asking_the_reference(tmp_path):
    base = {"ref.py": "def f(words):\n    return max(len(w.strip()) for w in words) if words else 0\n"}
    source = "def f(words):\n    return max([len(w) for w in words], default=0)\n"
    good = source.replace("len(w)", "len(w.strip())")
    assert found(tmp_path / "1", good, {"reference": "ref.py:f"}, base).findings == ()
    source = "def f(words):\n    return len(words[0]) if words else 0\n"
    (item,) = found(tmp_path / "2", source, {"reference": "ref.py:f"}, base).findings
    assert item.code == "differs"


CASES = {"cases": [{"call": "m:f", "args": [[3, 1, 2]], "expect": 1}, {"call": "m:f", "args": [[5, 4]], "expect": 4}]}


def test_generated_properties_hold(tmp_path):
    result = found(tmp_path, "def f(items):\n    return min(items)\n", validation=CASES)
    assert (result.findings, result.checks) == ((), 1)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("return sorted(items)[0 if items[0] < 6 else 99]", "crash"),
        ("return min(items) if items[0] < 6 else None", "type"),
        ("import random; return random.random()", "unstable"),
        ("import os\n    return min(items) if items[0] < 6 else os._exit(0)", "died"),
    ],
)
def test_generated_properties_that_break(tmp_path, body, code):
    (item,) = found(tmp_path, f"def f(items):\n    {body}\n", validation=CASES).findings
    assert (item.code, item.level) == (code, 5)


def test_refusing_input_is_no_crash_and_neither_is_what_the_docstring_names(tmp_path):
    source = "def f(items):\n    '''Raises KeyError.'''\n    if items[0] > 5: raise ValueError\n    if items[0] > 4: raise KeyError\n    return min(items)\n"
    assert found(tmp_path, source, validation=CASES).findings == ()


def test_round_trips(tmp_path):
    good = """
        def encode(text):
            '''
            >>> encode("abc")
            'cba'
            '''
            return text[::-1]
        def decode(text):
            '''
            >>> decode("cba")
            'abc'
            '''
            return text[::-1]
    """
    assert found(tmp_path / "1", good).findings == ()
    bad = good.replace(
        "return text[::-1]\n        def decode", "return text[::-1].lower()\n        def decode"
    ).replace('"abc"', '"aBc"')
    items = found(tmp_path / "2", bad).findings
    assert [item.code for item in items] == ["round trip"]


def test_given_property_tests(tmp_path):
    tests = """
        from hypothesis import given, strategies as st
        from m import f
        @given(st.lists(st.integers()))
        def test_idempotent(items):
            assert f(f(items)) == f(items)
    """
    base = {"props/test_props.py": tests}
    given = {"tests": "props/test_props.py", "generated": False}
    good = found(tmp_path / "1", "def f(items):\n    return sorted(items)\n", given, base)
    assert (good.findings, good.checks) == ((), 1)
    (item,) = found(tmp_path / "2", "def f(items):\n    return items[1:]\n", given, base).findings
    assert (item.validator, item.level, item.code, item.node) == (
        "python_properties",
        5,
        "assert",
        "props/test_props.py::test_idempotent",
    )


def test_only_changed_functions_and_those_that_are_spoken_of(tmp_path):
    base = {"m.py": "def old(x):\n    '''\n    >>> old(1)\n    1\n    '''\n    return [][x]\n"}
    source = (
        base["m.py"]
        + "def helper(x):\n    '''\n    >>> helper(1)\n    1\n    '''\n    return [][x]\ndef f(items):\n    return min(items)\n"
    )
    assert found(tmp_path, source, base=base, validation=CASES).findings == ()


def test_nothing_known_is_nothing_checked(tmp_path):
    assert found(tmp_path, "def f(x):\n    return [][x]\n").checks == 0


def test_a_wrong_setting_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="'far' is none of near, edges, wide"):
        found(tmp_path, "def f(x):\n    return x\n", {"width": "far"}, validation=CASES)
