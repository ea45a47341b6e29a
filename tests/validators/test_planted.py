import pytest

from frmo.validators.expected import Naming, expected_tests
from frmo.validators.planted import plant


def test_planted_tests_are_tests_and_fail():
    made = plant(b"import unittest\ndef test_a(): pass", Naming())
    assert {"test_a", *made.names} == {item.name for item in expected_tests(made.source)}
    assert len(made.names) == 3
    space = {}
    exec(compile(made.source, "t", "exec"), space)
    for name in made.names[:2]:
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            space[name]()


def test_names_follow_the_project_and_differ_each_time():
    naming = Naming(("check_*",), ("Test",))
    one, other = plant(b"", naming), plant(b"", naming)
    assert all(naming.function(name) for name in one.names)
    assert not set(one.names) & set(other.names)


def test_a_parametrized_module_is_left_alone():
    source = b"import pytest\npytestmark = [\n    pytest.mark.parametrize('x', [1]),\n]\ndef test_a(x): pass\n"
    assert plant(source, Naming()).source == source
