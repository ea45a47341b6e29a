"""The shipped schemas, and that they agree with the data types they describe."""

import dataclasses
from pathlib import Path

import jsonschema
import pytest

from frmo.errors import InputError
from frmo.files import json_file, yaml_file
from frmo.model.config import AgentProfile, Config
from frmo.model.failure import ErrorRecord
from frmo.model.lease import Holder, Lease
from frmo.model.pair import Outcome, Pair, PairFault
from frmo.model.pattern import Pattern
from frmo.model.plan import Conflict, Opinion, Plan, Step
from frmo.model.protocol import ChecklistItem, Contract, Settings
from frmo.model.registration import Registration
from frmo.model.state import RunState, State, Tokens
from frmo.model.task import Budget, Case, Environment, Task, Validation
from frmo.model.trial import Trial
from frmo.model.verdict import Finding, LevelResult, Verdict
from frmo.schema.check import faults, kinds, schema, validate

OID = "a" * 40


def found(content, kind="task"):
    document = yaml_file.parse(content.encode(), "t.yaml")
    assert not document.faults
    return [str(fault) for fault in faults(kind, document.data, "t.yaml", document.positions)]


@pytest.mark.parametrize("kind", kinds())
def test_every_schema_is_sound_strict_and_canonical(kind):
    content = schema(kind)
    jsonschema.Draft202012Validator.check_schema(content)
    assert content["title"]
    loose = []

    def walk(part, at):
        if isinstance(part, dict):
            types = part.get("type", ())
            types = [types] if isinstance(types, str) else types
            if "string" in types and not ("maxLength" in part or "enum" in part):
                loose.append(f"{at}: a string without bound")
            if "object" in types and "properties" in part and part.get("additionalProperties") is not False:
                loose.append(f"{at}: unknown keys pass")
            for key, inner in part.items():
                walk(inner, f"{at}/{key}")
        elif isinstance(part, list):
            for inner in part:
                walk(inner, at)

    walk(content, kind)
    assert loose == []


def test_the_kinds_of_the_design_are_there():
    named = (
        "task config protocol item domain switch actions trial pair pattern insight state step checklist analysis "
        "transcript validation error lease review register"
    )
    assert kinds() == sorted(named.split())


def fields(*types):
    return {field.name for kind in types for field in dataclasses.fields(kind)}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (schema("task"), fields(Task) - {"id", "path", "content"}),
        (schema("task")["properties"]["validation"], fields(Validation)),
        (schema("task")["$defs"]["case"], fields(Case)),
        (schema("task")["$defs"]["budget"], fields(Budget)),
        (schema("task")["$defs"]["environment"], fields(Environment)),
        (
            schema("config"),
            fields(Config) - {"task_budget", "run_budget", "day_budget", "learning_budget"} | {"budget"},
        ),
        (schema("config")["properties"]["agents"]["additionalProperties"], fields(AgentProfile)),
        (schema("protocol")["$defs"]["contract"], fields(Contract)),
        (schema("protocol")["$defs"]["settings"], fields(Settings)),
        (schema("item"), fields(ChecklistItem) | {"evidence"}),
        (schema("state"), fields(RunState)),
        (schema("checklist"), fields(Plan)),
        (schema("checklist")["properties"]["items"]["items"], fields(Step)),
        (schema("checklist")["properties"]["conflicts"]["items"], fields(Conflict)),
        (schema("analysis")["$defs"]["opinion"], fields(Opinion) - {"aspect"}),
        (schema("validation")["$defs"]["finding"], fields(Finding)),
        (schema("validation")["$defs"]["verdict"], fields(Verdict)),
        (schema("validation")["$defs"]["levelResult"], fields(LevelResult)),
        (schema("error"), fields(ErrorRecord)),
        (schema("lease"), fields(Lease)),
        (schema("lease")["$defs"]["holder"], fields(Holder)),
        (schema("pair"), fields(Pair)),
        (schema("pair")["$defs"]["outcome"], fields(Outcome)),
        (schema("pair")["properties"]["faults"]["items"], fields(PairFault)),
        (schema("pattern"), fields(Pattern)),
        (schema("trial"), fields(Trial)),
        (schema("trial")["properties"]["registration"], fields(Registration)),
    ],
)
def test_schema_and_data_type_know_the_same_fields(properties, expected):
    assert set(properties["properties"]) == expected


def test_what_the_model_writes_is_valid():
    result = LevelResult(3, True, 4, 0.5, ("python_tests",))
    verdict = Verdict(True, 3, "full", (result,))
    state = RunState(
        "slug-4f9c02ab", 1, OID, State.COMPLETE, resume=State.EXECUTING, tokens=Tokens(1, 2), verdict=verdict
    )
    lease = Lease("slug-4f9c02ab", Holder("w", "h", "b", "n", 1, 2), 1.5, 1, "nonce")
    plan = Plan((Step("a", "b", "c", "d", ("e",), 1),), (Conflict("a", "b", "c", ("d",), "vote"),), {"x": "y"})
    for kind, data in (("state", state), ("lease", lease), ("checklist", plan)):
        validate(kind, data.to_data())
        validate(kind, json_file.load(json_file.canonical(data.to_data()), kind))


def test_the_task_of_the_design_page_is_valid():
    content = """
title: Add slugify(text) to text/slug.py
domain: python
description: |
  Lower-case, ASCII, words joined by '-'. Empty input gives ''.
files: [text/slug.py]
context: [text/__init__.py]
validation:
  level: 3
  tests: tests/test_slug.py
  cases: [{call: slugify, args: ["A b"], expect: "a-b"}]
  commands: ["python -m text.slug --self-check"]
priority: 5
budget: {usd: 0.50, tokens: 50000, minutes: 5, attempts: 3}
after: [other-task]
agent: anthropic
environment: {python: .venv, setup: ["pip install -e .[test]"], key: [pyproject.toml, uv.lock], read: [data/]}
swarm: [requirements, security]
canary: true
seed: 7
model: claude-sonnet-4-5
base: HEAD~1
"""
    assert found(content) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("titel: x", "t.yaml:1:1: title is missing|t.yaml:1:1: unknown key 'titel' (did you mean 'title'?)"),
        ("title: x\ntests: a", "t.yaml:2:1: unknown key 'tests' (it belongs under 'validation')"),
        ("title: x\nbudget: {title: 1}", "t.yaml:2:10: unknown key 'title' (it belongs at the top)"),
        ("title: x\ncolour: red", "t.yaml:2:1: unknown key 'colour' (known are: after, agent, base, budget"),
        ("title: 12", "t.yaml:1:8: title must be text, not a number (12) (put quotes around it)"),
        ("title: ' '", "t.yaml:1:8: title must be one line that is not blank"),
        ('title: "a\\nb"', "t.yaml:1:8: title must be one line that is not blank, without control characters, not 'a\\nb'"),
        ("title:", "t.yaml:1:7: title must be text, not nothing"),
        ("[1]", "t.yaml:1:1: the file must be a mapping, not a list"),
        ("title: x\npriority: 0", "t.yaml:2:11: priority must be at least 1, not 0"),
        ("title: x\npriority: 5.0", "t.yaml:2:11: priority must be a whole number, not a number (5.0)"),
        ("title: x\ncanary: yes", "t.yaml:2:9: canary must be true or false, not text ('yes')"),
        ("title: x\nseed: true", "t.yaml:2:7: seed must be a whole number, not true"),
        ("title: x\nagent: antropic", "t.yaml:2:8: agent can't be 'antropic' (did you mean 'anthropic'?)"),
        ("title: x\nfiles: [a, ../b]", "t.yaml:2:12: files[1] '../b' has an empty part, '.' or '..'"),
        ("title: x\nfiles: /etc/passwd", "t.yaml:2:8: files '/etc/passwd' is not a relative path with forward slashes"),
        ("title: x\ncontext: [.GIT/config]", "t.yaml:2:11: context[0] '.GIT/config' is git's own"),
        ("title: x\nfiles: [--output=x]", "t.yaml:2:9: files[0] '--output=x' begins with '-'"),
        ("title: x\nbase: --upload-pack=x", "t.yaml:2:7: base must be a branch, tag or commit"),
        ("title: x\nbase: a..b", "t.yaml:2:7: base must be a branch, tag or commit"),
        ('title: x\ndomain: "python\\n"', "t.yaml:2:9: domain must be lower-case letters"),
        ("title: x\nvalidation: {cases: [{call: f}]}", "t.yaml:2:22: validation.cases[0] must be either 'expect' or 'raises'"),
        ("title: x\nvalidation: {cases: [{call: 'os.system(1)', expect: 1}]}", "t.yaml:2:29: validation.cases[0].call must be fun"),
        (f"title: {'x' * 201}", "t.yaml:1:8: title is longer than 200 characters"),
        ("title: x\nbudget: {usd: -1}", "t.yaml:2:15: budget.usd must be at least 0, not -1"),
        ("title: x\nbudget: {minutes: 0}", "t.yaml:2:19: budget.minutes must be more than 0, not 0"),
        ("title: x\nswarm: on", "t.yaml:2:8: swarm must be auto, off, or a list of aspects, not 'on'"),
        ("title: x\nswarm: [a, a]", "t.yaml:2:8: swarm names something twice"),
    ],
)  # fmt: skip
def test_bad_tasks_get_faults_with_place_and_hint(content, expected):
    rows = found(content)
    for row, start in zip(rows, expected.split("|"), strict=True):
        assert row.startswith(start)


def test_every_fault_is_listed_in_the_order_of_the_file():
    rows = found("title: 1\npriority: x\nbudget: {attempts: 0}\nvalidation: {lvl: 1}\n")
    assert [row.split(":")[1] for row in rows] == ["1", "2", "3", "4"]


def test_unknown_agents_and_keys_of_the_config():
    assert "known are: anthropic" in found("agents: {foo: {}}", "config")[0]
    assert "did you mean 'lease_s'?" in found("lease: 3", "config")[0]
    assert found("version: 2", "config") == ["t.yaml:1:10: version must be 1, not 2"]


def test_an_endpoint_elsewhere_can_not_be_set_from_inside_the_repository():
    assert found("agents: {local: {base_url: 'http://127.0.0.1:8080/v1'}}", "config") == []
    assert "set outside the repository" in found("agents: {openai: {base_url: 'https://evil.example/v1'}}", "config")[0]
    assert found("agents: {openai: {base_url: 'http://127.0.0.1.evil.example/'}}", "config") != []


def test_a_flood_of_faults_is_cut():
    rows = faults("task", {"title": "x", **{f"k{number}": 1 for number in range(500)}}, "t.yaml")
    assert len(rows) == 51
    assert rows[-1].message == "and 450 more faults"


def test_validate_raises_all_faults():
    with pytest.raises(InputError, match="priority must be at most 9") as caught:
        validate("task", {"title": 1, "priority": 10}, "x.yaml")
    assert len(caught.value.faults) == 2


def test_schemas_land_beside_the_package():
    assert (Path(yaml_file.__file__).parent.parent / "schemas" / "task.schema.json").is_file()
