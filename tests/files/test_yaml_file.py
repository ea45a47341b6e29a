"""Strict YAML: what is refused, where, and that nothing crashes or stalls it."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from frmo.errors import InputError
from frmo.files import yaml_file
from frmo.files.document import Caps

json_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
json_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | json_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(json_text, inner, max_size=4),
    max_leaves=12,
)


def faults_of(content):
    return [str(fault) for fault in yaml_file.parse(content, "t.yaml").faults]


def test_a_good_file_gives_its_data_and_places():
    document = yaml_file.parse(b"title: A b\nvalidation:\n  cases:\n    - {call: f, args: [1, x]}\n", "t.yaml")
    assert document.checked() == {"title": "A b", "validation": {"cases": [{"call": "f", "args": [1, "x"]}]}}
    assert document.positions.value(("validation", "cases", 0, "args", 1)) == (4, 27)
    assert document.positions.key(("validation", "cases")) == (3, 3)
    assert document.positions.value(("title", "nothing", "there")) == (1, 8)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("2024-01-01", "2024-01-01"), ("1:30", "1:30"), ("1.2.3", "1.2.3"),
        ("true", True), ("False", False), ("~", None), ("", None), ("null", None), ("-5", -5), ("0", 0), ("1.5", 1.5),
        ("12e3", 12000.0), ("'010'", "010"), ('"true"', "true"), ("!x", None),
    ],
)  # fmt: skip
def test_plain_values_are_json_values_or_text(written, meant):
    document = yaml_file.parse(f"a: {written}\n".encode(), "t.yaml")
    if written == "!x":
        assert "the tag '!x' is not allowed" in str(document.faults[0])
    else:
        value = document.checked()["a"]
        assert value == meant
        assert type(value) is type(meant)


@pytest.mark.parametrize(
    "written", ["010", "0x1F", "0o17", "1_000", ".5", "5.", "+1", ".nan", "-.inf", "1e999", "9" * 5000]
)
def test_numbers_that_tools_read_differently_are_refused(written):
    assert faults_of(f"a: {written}\n".encode())[0].startswith("t.yaml:1:4: ")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "t.yaml: is empty"),
        (b"# only this\n", "t.yaml: is empty"),
        (b"a: 1\na: 2\n", "t.yaml:2:1: the key 'a' is given twice, first on line 1"),
        (b"a: 1\n---\nb: 2\n", "t.yaml:2:1: holds a second document"),
        (b"1: a\n", 't.yaml:1:1: the key 1 is not text (quote it: "1")'),
        (b"true: a\n", "t.yaml:1:1: the key true is not text"),
        (b"? [a]\n: b\n", "t.yaml:1:3: a key must be text"),
        (b"a: &x {b: 1}\nc: {<<: *x}\n", "t.yaml:2:5: merge keys"),
        (b"a: !!python/object:os.system x\n", "t.yaml:1:4: the tag"),
        (b"a: [1, 2\n", "t.yaml:2:1: is not valid YAML"),
        (b"\ta: 1\n", "t.yaml:1:1: is not valid YAML: found character that cannot start any token"),
        (b"a: 'x", "t.yaml:1:6: is not valid YAML"),
        (b"a: &x [*x]\n", "t.yaml:1:8: alias '*x' stands inside what it repeats"),
        (b"a: *x\n", "t.yaml:1:4: alias '*x' repeats something that is not there"),
        (b"a: b\x00\n", "t.yaml:1:5: holds the control character U+0000"),
        (b"a: b\x1b[0m\n", "t.yaml:1:5: holds the control character U+001B"),
        (b"ok: \xc3\xa9\na: \xff\n", "t.yaml:2:4: is not UTF-8: byte 0xff"),
        ("a: ü".encode("utf-16"), "t.yaml: is UTF-16, not UTF-8"),
        ("a: b".encode("utf-16-le"), "t.yaml: is not text"),
        (b"PK\x03\x04" + b"\x00" * 40, "t.yaml:1:3: holds the control character U+0003"),
        (b'a: "\\ud800"\n', "t.yaml:1:7: is not valid YAML"),
        (b"[" * 100_000, "t.yaml:1:41: is nested deeper than 40 levels"),
        (b"{" * 100_000, "t.yaml:1:2: a key must be text, not a list or mapping"),
        (b"- " * 100_000, "t.yaml:1:81: is nested deeper than 40 levels"),
        (b"[" + b"1," * 50_000 + b"]", "t.yaml:1:40000: holds more than 20000 values"),
        (b"a: " + b"x" * (1 << 20), "t.yaml: is larger than 1048576 bytes"),
    ],
)
def test_bad_files_get_a_fault_with_its_place(content, expected):
    assert faults_of(content)[0].startswith(expected)


def test_alias_bombs_stop_at_the_cap():
    bomb = b"a: &a [x, x, x, x, x, x, x, x, x]\n"
    for old, new in zip("abcdef", "bcdefg", strict=True):
        bomb += f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n".encode()
    assert "uses more than 16 aliases" in faults_of(bomb)[0]
    few = b"a: &a [" + b"x," * 5000 + b"]\nb: [*a, *a, *a, *a, *a]\n"
    assert "holds more than 20000 values" in faults_of(few)[0]


def test_a_few_aliases_are_values_written_twice():
    document = yaml_file.parse(b"a: &n hello\nb: *n\nc: &l [1]\nd: *l\n", "t.yaml")
    assert document.checked() == {"a": "hello", "b": "hello", "c": [1], "d": [1]}
    assert document.positions.value(("d", 0)) == (4, 4)


def test_a_byte_order_mark_is_tolerated_and_said():
    document = yaml_file.parse(b"\xef\xbb\xbfa: 1\n", "t.yaml")
    assert document.checked() == {"a": 1}
    assert document.notes == ("begins with a byte order mark, which is ignored",)


def test_every_fault_is_in_the_one_report():
    with pytest.raises(InputError) as caught:
        yaml_file.load(b"a: 010\na: 1\n2: x\nb: !t y\nc: 'x\n", "t.yaml")
    assert [(fault.line, fault.column) for fault in caught.value.faults] == [(1, 4), (2, 1), (3, 1), (4, 4), (6, 1)]


def test_a_flood_of_faults_is_cut():
    faults = yaml_file.parse(b"a: 1\n" * 500, "t.yaml", Caps(faults=10)).faults
    assert len(faults) == 11
    assert faults[-1].message == "and 489 more faults"


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(alphabet="ab:-[]{}&*!|>'\"%@`#,? \n\t\\0.<~é\x85\u2028\ufeff", max_size=60).map(str.encode)
)
def test_no_bytes_crash_it(content):
    document = yaml_file.parse(content, "t.yaml")
    assert document.readable or document.faults


@settings(max_examples=300, deadline=None)
@given(json_data)
def test_canonical_yaml_reads_back_as_the_same_data(data):
    content = yaml_file.canonical(data)
    assert yaml_file.load(content, "t.yaml") == data
    assert yaml_file.canonical(yaml_file.load(content, "t.yaml")) == content
    assert content.endswith(b"\n")


def test_canonical_yaml_means_the_same_to_other_readers():
    data = {"b": ["yes", "010", "1:30", "2024-01-01", "1e3", "~", "", " x", "- y", "a: b", "#c", "@d"], "a": "x\ny\n"}
    content = yaml_file.canonical(data)
    assert yaml.safe_load(content) == data
    assert content.startswith(b"a: |\n  x\n  y\nb:\n  - 'yes'\n")


def test_half_characters_from_a_model_can_be_written():
    assert yaml_file.load(yaml_file.canonical({"a": "x\ud800"}), "t.yaml") == {"a": "x\ufffd"}
