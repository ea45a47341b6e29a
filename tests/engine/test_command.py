"""A coding-agent program as executor: its own worktree and repository, the gateway on loopback, no key, no network."""

import os
import sys

import pytest
from support.agent_program import install
from support.cli import frmo
from support.project import ADD, configure, drop, git, script

pytestmark = pytest.mark.sandbox
CODE = "def add(a, b):\n    return a + b\n"


@pytest.fixture
def place(workspace, tmp_path, monkeypatch):
    folder = install(tmp_path / "programs", sys.executable)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("SECRET_TOKEN", "not-for-agents-0123456789")
    drop(workspace, "add", ADD)
    return workspace


def run(workspace, argv, *replies, **more):
    configure(workspace, agents={"command": {"argv": argv, "via": "scripted", **more}})
    return frmo("run", "--agent", "command", "--script", script(workspace, *replies), "--json", at=workspace)


def report(workspace, task):
    steps = frmo("log", task["task"], "--json", at=workspace).data["steps"]
    return next(step for step in steps if step["step"] == "execute")


@pytest.mark.parametrize(
    "argv",
    [["our-agent", "messages"], ["our-agent", "stream"], ["our-agent", "chat"], ["our-agent", "chat", "{prompt}"]],
)
def test_a_program_works_by_every_wire(place, argv):
    said = run(place, argv, {"role": "executor", "text": CODE, "tokens": {"input": 20, "output": 9}})
    [task] = said.data["tasks"]
    assert (said.code, task["state"], task["label"], task["tokens"]) == (0, "complete", "level 3, 2 tests", 29)
    step = report(place, task)
    assert (step["agent"], step["details"]["exit"], step["details"]["ended"]) == ("command script", 0, "done")
    told = step["details"]["report"]
    assert (told["result"], told["git"].strip(), told["HOME"], told["SECRET_TOKEN"]) == (
        "wrote it",
        "?? kit/add.py",
        "/tmp",
        "",
    )
    assert "returns the sum" in told["prompt"]
    assert frmo("diff", task["task"], "--json", at=place).data["files"] == ["kit/add.py"]
    assert frmo("errors", "--all", "--json", at=place).data["errors"] == []
    names = git(place, "ls-tree", "-r", "--name-only", f"frmo/task/{task['task']}").splitlines()
    assert any("/transcripts/" in name for name in names)


def test_the_budget_binds_before_its_calls(place):
    configure(place, budget={"task": {"tokens": 50}})
    said = run(place, ["our-agent", "messages"], {"role": "executor", "text": CODE})
    [task] = said.data["tasks"]
    assert (said.code, task["state"], task["tokens"]) == (4, "waiting", 0)
    assert "budget" in task["reason"]


def test_what_the_model_refuses_is_an_answer_and_a_failed_attempt(place):
    said = run(place, ["our-agent", "messages"])
    [task] = said.data["tasks"]
    assert (said.code, task["state"]) == (1, "failed")
    [row] = frmo("errors", "--json", at=place).data["errors"][:1]
    assert (row["code"], row["message"]) == ("agent-exit", "the program ended with code 1 and changed nothing")
    assert "no-scripted-reply" in row["excerpt"]


def test_a_switch_stops_programs_and_not_what_answers_them(place):
    frmo("switch", "agent-command", "off", "--why", "wild", at=place)
    said = run(place, ["our-agent", "messages"], {"role": "executor", "text": CODE})
    assert (said.code, said.data["tasks"][0]["state"]) == (4, "waiting")
    assert "wild" in said.data["tasks"][0]["reason"]


@pytest.mark.parametrize("argv", [["no-such-agent"], ["./our-agent"], ["/bin/sh"]])
def test_a_program_that_is_not_on_path_is_named(place, argv):
    said = run(place, argv, {"role": "executor", "text": CODE})
    assert said.code == 2
    assert f"no program {argv[0]!r} on PATH" in said.err
