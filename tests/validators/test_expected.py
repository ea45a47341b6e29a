from textwrap import dedent

import pytest

from frmo.validators.expected import Naming, expected_tests

DEFAULT = Naming()


def names(source, naming=DEFAULT):
    return [item.name for item in expected_tests(dedent(source), naming)]


def test_functions_classes_and_test_cases():
    source = """
        import unittest, pytest
        def test_one(): pass
        async def test_two(): pass
        def helper(): pass
        @pytest.fixture
        def test_data(): return 1
        class TestMore:
            def test_in(self): pass
            def other(self): pass
        class TestWithInit:
            def __init__(self): pass
            def test_no(self): pass
        class TestOff:
            __test__ = False
            def test_no(self): pass
        class Words(unittest.TestCase):
            def test_w(self): pass
        class Plain:
            def test_no(self): pass
        if True:
            def test_conditional(): pass
    """
    assert names(source) == ["test_one", "test_two", "TestMore::test_in", "Words::test_w"]


def test_own_naming():
    naming = Naming(("check_*",), ("Should",))
    source = """
        def check_a(): pass
        def test_b(): pass
        class ShouldWork:
            def check_c(self): pass
            def test_d(self): pass
    """
    assert "check_a" in names(source, naming)
    assert "test_b" not in names(source, naming)
    assert "ShouldWork::check_c" in names(source, naming)


@pytest.mark.parametrize(
    ("source", "plain", "may_skip"),
    [
        ("def test_a(): pass", True, False),
        ("@pytest.mark.parametrize('x', [1])\ndef test_a(x): pass", True, False),
        ("@given(st.text())\ndef test_a(x): pass", False, False),
        ("@pytest.mark.skipif(True, reason='')\ndef test_a(): pass", True, True),
        ("def test_a():\n    pytest.skip('x')", True, True),
        ("np = pytest.importorskip('numpy')\ndef test_a(): pass", True, False),
        ("pytestmark = pytest.mark.skip\ndef test_a(): pass", True, True),
        ("class TestA:\n    def setup_method(self): pytest.skip()\n    def test_a(self): pass", True, True),
    ],
)
def test_what_is_known_of_a_test(source, plain, may_skip):
    (found,) = expected_tests(source)
    assert (found.plain, found.may_skip) == (plain, may_skip or "importorskip" in source)


def test_the_line_is_that_of_the_first_decorator():
    (found,) = expected_tests("\n@pytest.mark.slow\n@pytest.mark.x\ndef test_a(): pass\n")
    assert found.line == 2
