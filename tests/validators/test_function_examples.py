import pytest

from frmo.validators.function_examples import Shown, from_docstring, from_source, targets


def test_targets_are_public_functions_that_values_can_be_given_to():
    source = b"""
def f(a, b: int = 2) -> int:
    '''Adds. Raises KeyError and a CustomError.'''
    return a + b
def _hidden(x): pass
def test_x(): pass
def many(*args): pass
def named(*, key): pass
class C:
    def method(self): pass
def f2(): pass
"""
    found = targets(source, "m.py")
    assert [target.name for target in found] == ["f", "f2"]
    assert (found[0].parameters, found[0].annotations, found[0].optional, found[0].returns) == (
        ("a", "b"),
        ("", "int"),
        1,
        "int",
    )
    assert found[0].raises == {"KeyError", "CustomError"}
    assert found[0].line == 2
    assert targets(b"def (", "m.py") == []


def test_calls_in_tests():
    source = """
def test_it():
    assert f([1, 2], "a") == {"x": (1,)}
    assert mod.f(1) is None
    self.assertEqual(f(2), 3)
    f(3)
    assert f(x) == 1
    assert f(4) == other()
    assert f(k=1) == 2
"""
    assert from_source(source, "f") == [
        Shown(([1, 2], "a"), ({"x": (1,)},)),
        Shown((1,), (None,)),
        Shown((2,), (3,)),
        Shown((3,)),
        Shown((4,)),
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (">>> f(1, 2)\n3", Shown((1, 2), (3,))),
        (">>> f('( )')\n['()']", Shown(("( )",), (["()"],))),
        ("f([1, 2]) == True", Shown(([1, 2],), (True,))),
        ("* f(12, 1) => \"21\"", Shown((12, 1), ("21",))),
        ("f(5) \u279e 6", Shown((5,), (6,))),
        ("For example, f(7) returns 8", Shown((7,), (8,))),
        ("f(9) does a lot", Shown((9,))),
    ],
)  # fmt: skip
def test_calls_in_docstrings(text, shown):
    assert from_docstring(text, "f") == [shown]
