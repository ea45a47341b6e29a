import pytest

from frmo.errors import InputError
from frmo.validators import data_rules, data_schema, data_syntax
from tests.support.subjects import subject

pytestmark = pytest.mark.sandbox

PERSON = {"type": "object", "required": ["name"], "properties": {"age": {"type": "integer", "minimum": 0}}}


def malformed(tmp_path, path, text):
    return [(item.line, item.decides) for item in data_syntax.check(subject(tmp_path, {path: text})).findings]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", '{"a": [1, 2.5, null, "é"]}'),
        ("a.jsonl", '{"a": 1}\n\n{"a": "\u2028"}\n'),
        ("a.yaml", "a: 1\nb: [x]\n"),
        ("a.csv", 'name,age\n"A, B",3\nC,\n'),
        ("a.csv", b"\xef\xbb\xbfname\r\nA\r\n"),
        ("a.tsv", "a\tb\n1\t2\n"),
        ("a.txt", "{"),
    ],
)
def test_well_formed(tmp_path, path, text):
    assert malformed(tmp_path, path, text) == []


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("a.json", '{\n  "a": 1,\n}', 3),
        ("a.json", '{"a": 1,\n"a": 2}', 2),
        ("a.json", '{"a": NaN}', 1),
        ("a.json", "", 0),
        ("a.json", "[" * 5000, 1),
        ("a.jsonl", '{"a": 1}\n{"a": \n', 2),
        ("a.yaml", "a: [1\nb: 2\n", 2),
        ("a.csv", "a,b\n1,2\n3\n", 3),
        ("a.csv", "a,a\n1,2\n", 1),
        ("a.csv", 'a,b\n"x" y,2\n', 2),
        ("a.csv", b"a\n\xff\n", 2),
    ],
)
def test_malformed(tmp_path, path, text, line):
    found = malformed(tmp_path, path, text)
    assert found
    assert found[0] == (line, True)


def test_what_only_some_readers_take_otherwise_advises(tmp_path):
    assert malformed(tmp_path, "a.yaml", "day: 2024-01-01\n") in ([], [(1, False)])


def schema(tmp_path, work, given, base=None):
    made = subject(tmp_path, work, base, {"checks": {"data_schema": {"schemas": [given]}}})
    return data_schema.check(made)


def test_data_that_fits(tmp_path):
    work = {"data/a.json": '{"name": "A", "age": 3}', "data/b.json": '{"name": "B"}'}
    base = {"schemas/person.json": '{"type": "object", "required": ["name"]}'}
    result = schema(tmp_path, work, {"files": "data/*.json", "schema": "schemas/person.json"}, base)
    assert (result.findings, result.checks) == ((), 2)


def test_data_that_does_not(tmp_path):
    text = '[\n  {"name": "A", "age": 3},\n  {"name": "B", "age": -1},\n  {"age": "x"}\n]\n'
    found = schema(tmp_path, {"a.json": text}, {"files": "a.json", "schema": PERSON, "rows": True}).findings
    assert [(item.code, item.node, item.line) for item in found] == [
        ("minimum", "[1].age", 3),
        ("required", "[2]", 4),
        ("type", "[2].age", 4),
    ]
    assert found[0].excerpt == '{"name": "B", "age": -1},'


def test_rows_of_a_table(tmp_path):
    text = "name,age,code\nA,3,007\nB,old,008\n"
    rule = {**PERSON, "properties": {**PERSON["properties"], "code": {"type": "string"}}}
    (found,) = schema(tmp_path, {"a.csv": text}, {"files": ["*.csv"], "schema": rule, "rows": True}).findings
    assert (found.code, found.line) == ("type", 3)


def test_a_missing_file(tmp_path):
    (found,) = schema(tmp_path, {}, {"files": "out.json", "schema": PERSON}).findings
    assert found.code == "missing"


def test_the_schema_comes_from_the_base(tmp_path):
    work = {"a.json": "{}", "s.json": "{}"}
    found = schema(tmp_path, work, {"files": "a.json", "schema": "s.json"}, {"s.json": '{"required": ["x"]}'}).findings
    assert [item.code for item in found] == ["required"]
    with pytest.raises(InputError, match=r"schemas\[0\]\.schema: no file 't\.json' in the base commit"):
        schema(tmp_path / "2", {"a.json": "{}", "t.json": "{}"}, {"files": "a.json", "schema": "t.json"})


@pytest.mark.parametrize("broken", [{"type": "nothing"}, {"$ref": "https://example.org/x.json"}, {"pattern": "("}])
def test_a_broken_schema_is_an_input_error(tmp_path, broken):
    with pytest.raises(InputError, match=r"validation\.checks\.data_schema\.schemas: the schema is not valid"):
        schema(tmp_path, {"a.json": '"x"'}, {"files": "a.json", "schema": broken})


def test_an_unknown_key_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"no such key.*there are files, schema, rows"):
        schema(tmp_path, {}, {"files": "a.json", "shema": PERSON})


def rules(tmp_path, work, given, base=None):
    return data_rules.check(subject(tmp_path, work, base, {"checks": {"data_rules": {"rules": [given]}}}))


def test_rules_across_fields_rows_and_files(tmp_path):
    work = {"a.csv": "id,start,end,team\n1,2,3,x\n2,5,4,x\n2,1,1,y\n", "teams.json": '["x"]'}
    given = {
        "files": "a.csv",
        "each": ["row['start'] <= row['end']", "row['team'] in files['teams.json']", "row['missing']"],
        "whole": ["len({row['id'] for row in rows}) == len(rows)", "sum(row['start'] for row in data) == 8"],
        "with": "teams.json",
    }
    result = rules(tmp_path, work, given)
    found = [(item.node[:14], item.line) for item in result.findings]
    assert found == [
        ("row['start'] <", 3),
        ("row['team'] in", 4),
        ("row['missing']", 2),
        ("row['missing']", 3),
        ("row['missing']", 4),
        ("len({row['id']", 0),
    ]
    assert result.checks == 5
    assert "KeyError" in result.findings[2].message


def test_a_rule_that_never_ends(tmp_path):
    from dataclasses import replace

    from tests.support.subjects import LIMITS

    given = {"files": "a.json", "whole": ["any(False for _ in iter(int, 1))"]}
    made = subject(tmp_path, {"a.json": "1"}, validation={"checks": {"data_rules": {"rules": [given]}}})
    (found,) = data_rules.check(replace(made, limits=replace(LIMITS, seconds=1))).findings
    assert found.code == "timeout"


def test_a_rule_that_is_no_expression(tmp_path):
    with pytest.raises(InputError, match=r"rules\[0\]\.each: 'x =' is no expression"):
        rules(tmp_path, {"a.json": "1"}, {"files": "a.json", "each": ["x ="]})
