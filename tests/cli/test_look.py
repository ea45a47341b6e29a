"""Looking at tasks: status, log, diff, errors, doctor, and names that may mean a task."""

import pytest
from support.cli import frmo
from support.project import ADD, BAD, complete_one, drop, executor, git, run_scripted

pytestmark = pytest.mark.sandbox


def test_status_before_during_and_after(workspace):
    assert "no tasks yet" in frmo("status", at=workspace).err
    drop(workspace, "add", ADD)
    assert [row["state"] for row in frmo("status", "--json", at=workspace).data["tasks"]] == ["pending"]
    task = complete_one(workspace)
    out = frmo("status", at=workspace).out
    assert task in out
    assert "complete (level 3, 2 tests)" in out
    (workspace / "tasks" / "bad.yaml").write_text("{")
    said = frmo("status", at=workspace)
    assert said.code == 2
    assert "tasks/bad.yaml:2:1:" in said.err


@pytest.mark.parametrize("name", ["add", "tasks/add.yaml", "add.yaml", "add-"])
def test_a_task_has_several_names(workspace, name):
    task = complete_one(workspace)
    assert frmo("log", name, "--json", at=workspace).data["task"] == task


def test_a_name_that_means_nothing_or_two(workspace):
    drop(workspace, "add", ADD)
    drop(workspace, "adder", ADD)
    assert "no task 'sub'" in frmo("log", "sub", at=workspace).err
    said = frmo("log", "ad", at=workspace)
    assert said.code == 2
    assert "may mean" in said.err


def test_log_shows_steps_with_their_cost(workspace):
    task = complete_one(workspace)
    said = frmo("log", task, at=workspace)
    assert [line.split()[1] for line in said.out.splitlines()[1:]] == [
        "accept",
        "plan",
        "execute",
        "validate",
        "settle",
    ]
    data = frmo("log", task, "--json", at=workspace).data
    assert data["steps"][2]["agent"] == "scripted script"
    assert frmo("log", task, "--run", "7", at=workspace).code == 2


def test_diff_is_the_deliverable_alone(workspace):
    task = complete_one(workspace)
    said = frmo("diff", task, at=workspace)
    assert "+def add(a, b):" in said.out
    assert "state/" not in said.out
    assert frmo("diff", task, "--stat", at=workspace).out == "kit/add.py\n"


def test_errors_have_fingerprints(workspace):
    drop(workspace, "add", {**ADD, "budget": {"attempts": 1}})
    run_scripted(workspace, executor(BAD))
    said = frmo("errors", "add", "--json", at=workspace)
    codes = {(row["validator"], row["level"]) for row in said.data["errors"]}
    assert codes == {("python_tests", 3), ("python_cases", 3)}
    assert said.data["errors"][0]["operation"] == "python.function.write.implement"
    assert said.data["errors"][0]["fingerprint"] in frmo("errors", at=workspace).out


def test_doctor_checks_what_was_written(workspace):
    complete_one(workspace)
    data = frmo("doctor", "--json", at=workspace).data
    assert [check for check in data["checks"] if check["name"] == "records"] == []
    assert {"sandbox", "workspace", "ledger", "inbox"} <= {check["name"] for check in data["checks"]}
    (workspace / "tasks" / "bad.yaml").write_text("title: [")
    assert frmo("doctor", at=workspace).code == 2


def test_outside_a_workspace(tmp_path):
    said = frmo("status", at=tmp_path)
    assert said.code == 2
    git(tmp_path, "init", "-q")
    assert "frmo init" in frmo("status", at=tmp_path).err


def test_the_weaker_sandbox_is_in_every_verdict(workspace, monkeypatch):
    monkeypatch.setenv("FRMO_SANDBOX", "none")
    task = complete_one(workspace)
    row = frmo("status", task, "--json", at=workspace).data["tasks"][0]
    assert row["label"] == "level 3, 2 tests, sandbox none"


def test_no_setting_of_the_repository_weakens_the_sandbox(workspace):
    place = workspace / "state" / "config.yaml"
    place.write_text(place.read_text() + "\nsandbox: none\n")
    git(workspace, "commit", "-q", "-am", "weaker", "--no-verify")
    drop(workspace, "add", ADD)
    said = run_scripted(workspace, executor(BAD))
    assert (said.code, "unknown key 'sandbox'" in said.err) == (2, True)
