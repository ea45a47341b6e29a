from frmo.bench.assertions import assertions
from frmo.bench.assertions import test_file as source_of
from frmo.model.task import Case

TESTS = """
import math
def check(candidate):
    limit = 3
    assert candidate(1, [2]) == {"a": (1,)}
    assert math.isclose(candidate(2), limit)
    assert not candidate(0)

def test_check():
    check(add)

assert add(5) == 6
"""


def test_asserts_become_cases_where_they_are_literal():
    found = assertions(TESTS, "add")
    assert [item.case for item in found] == [
        Case("solution:add", (1, [2]), {}, {"a": (1,)}),
        None,
        None,
        Case("solution:add", (5,), {}, 6),
    ]
    assert found[2].source == "limit = 3\nassert not candidate(0)"


def test_the_rest_become_tests_that_run_on_their_own():
    source = source_of(assertions(TESTS, "add"), TESTS, "add")
    space = {}
    stub = type("Module", (), {"add": staticmethod(lambda x: 3.0 if x else 0)})
    exec(compile(source.replace("import solution as the_work", ""), "t", "exec"), space | {"the_work": stub}, space)
    names = [name for name in space if name.startswith("test_")]
    assert names == ["test_1", "test_2"]


def test_a_file_of_cases_alone_needs_no_tests():
    tests = "assert f(1) == 2"
    assert source_of(assertions(tests, "f"), tests, "f") == ""
