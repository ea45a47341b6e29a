import pytest

from frmo.validators import python_syntax
from tests.support.subjects import subject

pytestmark = pytest.mark.sandbox


def test_every_changed_file_is_parsed_and_the_rest_is_not(tmp_path):
    result = python_syntax.check(
        subject(tmp_path, {"a.py": "x = 1\n", "b.pyi": "x: int\n", "c.txt": "("}, {"old.py": "("})
    )
    assert result.findings == ()
    assert result.checks == 2


def test_a_fault_has_class_message_line_and_excerpt(tmp_path):
    (found,) = python_syntax.check(subject(tmp_path, {"text/a.py": "x = 1\n\ndef f(:\n    pass\n"})).findings
    assert (found.code, found.exception, found.path, found.line) == ("SyntaxError", "SyntaxError", "text/a.py", 3)
    assert found.excerpt == "def f(:"
    assert found.reproduce == "python -m ast text/a.py"
    assert str(tmp_path) not in str(found)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("if x:\n    y\n\tz\n", "TabError"),
        ("if x:\ny\n", "IndentationError"),
        (b"x = '\xff'\n", "SyntaxError"),
        (b"# coding: nonsense\n", "SyntaxError"),
        (b"x = 1\0\n", {"SyntaxError", "ValueError"}),
        ("(" * 5000 + ")" * 5000, {"SyntaxError", "MemoryError", "RecursionError"}),
        ("-" * 200_000 + "1", {"SyntaxError", "MemoryError", "RecursionError", "died", "memory"}),
        ("x = 1\n" * 400_000, "TooLarge"),
    ],
)
def test_hostile_source_is_a_finding(tmp_path, source, code):
    made = subject(tmp_path, {"a.py": source, "b.py": "y = 1\n", "c.py": "("})
    found = python_syntax.check(made).findings
    assert [finding.path for finding in found] == ["a.py", "c.py"]
    assert found[0].code in (code if isinstance(code, set) else {code})


def test_nothing_changed_is_nothing_to_check(tmp_path):
    assert python_syntax.check(subject(tmp_path, {})).checks == 0
