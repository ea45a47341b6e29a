"""Values against schemas that are not ours."""

import pytest

from frmo.schema.fit import misfit

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


@pytest.mark.parametrize("value", [{"n": 1}, {"n": -5}])
def test_what_fits(value):
    assert misfit(SCHEMA, value) is None


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"n": "1"}, "$.n: '1' is not of type"),
        ({}, "'n' is a required property"),
        ({"n": 1, "m": 2}, "'m' was unexpected"),
        ([], "is not of type"),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(value, says):
    assert says in misfit(SCHEMA, value)


def test_a_broken_schema_fits_nothing():
    assert misfit({"type": "thing"}, 1).startswith("the schema itself is broken")
