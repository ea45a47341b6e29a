import math

import pytest

from frmo.validators.values import BadValue, Opaque, decode, encode, parse, same, shown


@pytest.mark.parametrize(
    "value",
    [None, True, 3, -(10**30), 1.5, "é\ud800", b"\0\xff", [1, [2]], {"a": 1, 2: [None]}, (), {1, 2}, ((1, 2), [3])],
)
def test_what_is_encoded_comes_back(value):
    assert same(value, decode(encode(value)))


def test_what_is_no_literal_is_refused():
    with pytest.raises(BadValue):
        encode(object())


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ([1, 2], {"t": "tuple", "v": [1, 2]}),
        ([[1, 2]], [{"t": "tuple", "v": [1, 2]}]),
        ([2, 1], {"t": "set", "v": [1, 2]}),
        ([[1, 2]], {"t": "set", "v": [{"t": "tuple", "v": [1, 2]}]}),
        (1, 1.0),
        (True, 1),
        (math.nan, math.nan),
        ({"a": [1]}, {"t": "dict", "v": [["a", {"t": "tuple", "v": [1]}]]}),
        (2**80, {"t": "int", "v": hex(2**80)}),
    ],
)
def test_same(expected, actual):
    assert same(expected, decode(actual))


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("1", 1),
        ("a", {"t": "bytes", "v": "61"}),
        ([1, 2], [2, 1]),
        ([1], [1, 1]),
        ([1, 1], {"t": "set", "v": [1]}),
        ({"a": 1}, {"t": "dict", "v": []}),
        ({"a": 1}, {"t": "dict", "v": [["a", 2]]}),
        (0.3, 0.1 + 0.2),
        (None, {"t": "Anything", "v": "None"}),
        ([1], 1),
    ],
)
def test_not_same(expected, actual):
    assert not same(expected, decode(actual))


@pytest.mark.parametrize(
    "data", [{"v": 1}, {"t": "bytes", "v": "zz"}, {"t": "dict", "v": 3}, {"t": "int", "v": []}, {"t": "set", "v": None}]
)
def test_garbage_is_refused(data):
    with pytest.raises(BadValue):
        decode(data)


def test_depth_is_bounded():
    data = 1
    for _ in range(200):
        data = [data]
    with pytest.raises(BadValue):
        decode(data)


def test_a_result_without_literal_form_is_shown_but_equals_nothing():
    assert decode({"t": "Decimal", "v": "Decimal('1')"}) == Opaque("Decimal", "Decimal('1')")


def test_hostile_json():
    assert parse(b"[" * 100_000) is None
    assert parse(b"\xff") is None
    assert parse("[1]") is None
    assert parse('{"a": 1}') == {"a": 1}


def test_long_values_are_cut_in_the_middle():
    text = shown("a" * 500 + "z")
    assert len(text) < 250
    assert text.endswith("z'")
