"""Strict JSON in, canonical JSON out."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frmo.errors import InputError
from frmo.files import json_file
from frmo.files.document import Caps

data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "t.json: is empty"),
        (b'{"a": 1,\n "a": 2}', "t.json:2:2: the key 'a' is given twice"),
        (b"{'a': 1}", "t.json:1:2: is not valid JSON: a key in double quotes must stand here"),
        (b"[1,]", "t.json:1:4: is not valid JSON: a ',' stands before ']' (remove it)"),
        (b'{"a": 1,}', "t.json:1:9: is not valid JSON: a ',' stands before '}'"),
        (b"[1 2]", "t.json:1:4: is not valid JSON: ',' or ']' must stand here"),
        (b'{"a": NaN}', "t.json:1:7: is not valid JSON: a value must stand here, not NaN"),
        (b"[Infinity]", "t.json:1:2: is not valid JSON"),
        (b"[007]", "t.json:1:2: is not valid JSON: a value must stand here, not 007"),
        (b"[1e999]", "t.json:1:2: 1e999 is too large a number"),
        (b"[" + b"9" * 5000 + b"]", "t.json:1:2: a whole number of 5000 digits is too large"),
        (b"// x\n{}", "t.json:1:1: is not valid JSON: a value must stand here, not //"),
        (b'{"a": 1', "t.json:1:8: is not valid JSON: ends too early (perhaps it is still being written)"),
        (b'{"a": "b', "t.json:1:7: is not valid JSON: unterminated string"),
        (b'["\x01"]', "t.json:1:3: is not valid JSON: invalid control character"),
        (b'"\\ud800"', "t.json:1:9: holds half of a Unicode character"),
        (b"{} {}", "t.json:1:4: is not valid JSON: there is something after the end"),
        (b"[" * 100_000, "t.json:1:41: is nested deeper than 40 levels"),
        (b"[" + b"1," * 50_000 + b"1]", "t.json:1:40000: holds more than 20000 values"),
    ],
)
def test_bad_files_get_a_fault_with_its_place(content, expected):
    faults = json_file.parse(content, "t.json").faults
    assert str(faults[0]).startswith(expected)


def test_places_of_values_and_keys():
    document = json_file.parse(b'{"a": [1,\n  {"b": null}]}', "t.json")
    assert document.checked() == {"a": [1, {"b": None}]}
    assert document.positions.value(("a", 1, "b")) == (2, 9)
    assert document.positions.key(("a", 1, "b")) == (2, 4)


def test_load_raises_every_fault():
    with pytest.raises(InputError) as caught:
        json_file.load(b'{"a": 1, "a": 1e999, "b": 2, "b": 3}', "t.json")
    assert len(caught.value.faults) == 3


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \n\\u', max_size=60).map(str.encode))
def test_agrees_with_the_standard_reader_and_never_crashes(content):
    document = json_file.parse(content, "t.json", Caps())
    if document.readable and not document.faults:
        assert json.loads(content) == document.data
    else:
        assert document.faults


@settings(max_examples=200, deadline=None)
@given(data)
def test_canonical_json_reads_back_as_the_same_bytes(value):
    content = json_file.canonical(value)
    assert json_file.load(content, "t.json") == value
    assert json_file.canonical(json_file.load(content, "t.json")) == content


def test_canonical_json_is_sorted_indented_and_utf8():
    assert json_file.canonical({"b": 1, "a": ["ü"]}) == '{\n  "a": [\n    "ü"\n  ],\n  "b": 1\n}\n'.encode()
    with pytest.raises(ValueError, match="JSON compliant"):
        json_file.canonical(float("nan"))
    assert json_file.canonical("\ud83d\ude00 \ud800") == '"😀 \ufffd"\n'.encode()


def test_a_line_is_one_line_to_every_reader():
    content = json_file.line({"b": "x\n\u2028\u2029\x85y", "a": 1})
    assert content.decode().splitlines() == [content.decode().rstrip("\n")]
    assert json.loads(content) == {"b": "x\n\u2028\u2029\x85y", "a": 1}
