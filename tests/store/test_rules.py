"""What each file of a workspace must be."""

import pytest
from support.runs import begin, make_task, make_workspace

from frmo.files import json_file, yaml_file
from frmo.store.rules import faults_between, faults_of, kind_of

CONFIG = "version: 1\n"


@pytest.mark.parametrize(
    ("path", "kind", "machine"),
    [
        ("tasks/a/b.json", "task", False),
        ("protocols/executor/protocol.yaml", "protocol", False),
        ("protocols/executor/checklist/a-b.yaml", "item", False),
        ("protocols/domains/python.yaml", "domain", False),
        ("state/config.yaml", "config", False),
        ("state/switches/learning.yaml", "switch", False),
        ("state/actions/python.yaml", "actions", False),
        ("state/trials/t1/trial.yaml", "trial", True),
        ("state/trials/t1/pairs.jsonl", "pair", True),
        ("logs/patterns/0123456789ab.yaml", "pattern", True),
        ("logs/errors/2030-01-01/ab/x-00000000/1/01.json", "error", True),
        ("state/runs/2030-01-01/ab/x-00000000/1/steps/01-accept.json", "step", True),
        ("state/runs/2030-01-01/ab/x-00000000/1/state.json", "state", True),
    ],
)
def test_the_kind_of_a_path(path, kind, machine):
    assert kind_of(path) == (kind, machine)


@pytest.mark.parametrize(
    "path", ["src/a.py", "tasks/README.md", "logs/README.md", "protocols/x.txt", "state/config.yml"]
)
def test_no_rule_for_what_is_not_ours(path):
    assert kind_of(path) is None


def test_what_a_run_writes_keeps_the_rules(tmp_path):
    workspace = make_workspace(tmp_path / "r")
    run = begin(workspace, make_task())
    assert faults_between(workspace, workspace.repo.head(), run.tip) == []


def test_a_hand_edited_machine_file_is_told():
    data = {"task": "a-00000000", "holder": None}
    good = json_file.canonical({"decision": "accepted", "why": "", "by": "Ada", "at": 1.5})
    path = "state/runs/d/x/t/1/review.json"
    assert faults_of(good, path, "review", machine=True) == []
    assert [str(fault) for fault in faults_of(good.replace(b"  ", b" "), path, "review", machine=True)] == [
        f"{path}: is not as frmo writes it (frmo alone writes this file: take its version)"
    ]
    assert "accepted" in str(faults_of(good.replace(b"accepted", b"acepted"), path, "review", machine=True)[0])
    assert faults_of(json_file.canonical(data), path, "lease", machine=True)


def test_rows_are_told_by_line():
    row = {"task": "a", "attempt": 1, "baseline": None, "candidate": None, "placebo": None, "faults": []}
    good = json_file.line(row)
    path = "state/trials/t/pairs.jsonl"
    assert faults_of(good + good, path, "pair", machine=True) == []
    found = faults_of(
        good + json_file.line({**row, "attempt": 4}) + b'{"a": 1}\n' + good[:-1], path, "pair", machine=True
    )
    assert {fault.line for fault in found} == {0, 2, 3}
    assert "attempt must be at most 3" in str(found[0])
    assert "does not end with a newline" in str(found[-1])
    assert "is not as frmo writes it" in str(faults_of(good.replace(b":", b": "), path, "pair", machine=True)[0])


def test_people_may_write_yaml_as_they_like():
    content = b"# mine\njobs:    3\nversion: 1\n"
    assert faults_of(content, "state/config.yaml", "config", machine=False) == []
    assert yaml_file.canonical(yaml_file.load(content, "x")) != content


def test_only_what_changed_is_looked_at(tmp_path):
    bad = {"state/config.yaml": "versoin: 1\n", "tasks/x.yaml": "titel: 1\n"}
    workspace = make_workspace(tmp_path / "r", bad)
    head = workspace.repo.head()
    assert faults_between(workspace, head, head) == []
    assert [fault.path for fault in faults_between(workspace, None, head)] == ["state/config.yaml"]


def test_hidden_folders_have_the_same_rules_and_the_projects_own_have_none(tmp_path):
    files = {
        "state/config.yaml": CONFIG,
        ".frmo/state/actions/x.yaml": "nothing: 1\n",
        "protocols/domains/x.yaml": "mine: 1\n",
    }
    workspace = make_workspace(tmp_path / "r", files, prefix=".frmo/")
    found = faults_between(workspace, None, workspace.repo.head())
    assert {fault.path for fault in found} == {".frmo/state/actions/x.yaml"}
