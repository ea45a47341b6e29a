import pytest

from frmo.model.failure import fingerprint_of, masked_clause, signature_of
from frmo.model.verdict import Finding


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ("name 'List' is not defined. Did you mean: 'list'?", "name <q> is not defined"),
        ("assert 12 == 15", "assert <n> == <n>"),
        ("cannot import name 'x' from 'kit.x' (kit/x.py)", "cannot import name <q> from <q> (<path>)"),
        (
            "slugify() takes 1 positional argument but 2 were given",
            "<id>() takes <n> positional argument but <n> were given",
        ),
        ("at 0x7f12ab34 of object deadbeef01", "at <hex> of object <hex>"),
        ("unterminated string literal (detected at line 60)", "unterminated string literal (detected at line <n>)"),
        ("", ""),
        ("\n", ""),
    ],
)
def test_what_belongs_to_the_case_is_masked(message, masked):
    assert masked_clause(message, ["slugify"]) == masked


def test_the_same_mistake_in_two_tasks_has_one_fingerprint():
    def signature(name):
        finding = Finding("python_tests", 3, "error", f"{name}() got 3", exception="TypeError")
        return signature_of(finding, "python.function.write.implement", [name])

    assert fingerprint_of(signature("add")) == fingerprint_of(signature("mul"))
    assert len(fingerprint_of(signature("add"))) == 12


def test_another_exception_is_another_fingerprint():
    one = Finding("v", 3, "error", "boom", exception="TypeError")
    other = Finding("v", 3, "error", "boom", exception="ValueError")
    assert signature_of(one, "op") != signature_of(other, "op")
