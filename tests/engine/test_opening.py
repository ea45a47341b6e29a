"""What a worker is opened with: switches, cache, recordings, as a person's run meets them."""

import json

import pytest
from support.cli import frmo
from support.messages_server import MessagesServer, Play, plays, status
from support.project import ADD, BAD, GOOD, configure, drop, executor, git, run_scripted

pytestmark = pytest.mark.sandbox


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-for-a-loopback-server")


def run(workspace, *args):
    return frmo("run", "--json", *args, at=workspace)


def served(workspace, server):
    configure(workspace, agents={"anthropic": {"base_url": server.url, "model": "toy", "mode": "reply"}})


def test_a_switch_that_is_off_leaves_the_task_waiting(workspace):
    drop(workspace, "add", ADD)
    frmo("switch", "agent-scripted", "off", "--why", "too dear", at=workspace)
    said = run_scripted(workspace, executor(GOOD))
    [task] = said.data["tasks"]
    assert (said.code, task["state"]) == (4, "waiting")
    assert "too dear" in task["reason"]
    frmo("switch", "agent-scripted", "on", "--why", "on again", at=workspace)
    assert run_scripted(workspace, executor(GOOD)).code == 0
    frmo("switch", "everything", "off", "--why", "fire", at=workspace)
    drop(workspace, "other", ADD)
    assert "fire" in run_scripted(workspace, executor(GOOD)).data["tasks"][0]["reason"]


def test_a_quota_that_lasts_waits_and_costs_no_attempt(workspace):
    drop(workspace, "add", ADD)
    said = run_scripted(workspace, executor(GOOD, fault={"status": 429, "retry_after": 99999}))
    [task] = said.data["tasks"]
    assert (said.code, task["state"], task["attempt"]) == (4, "waiting", 1)
    assert "quota" in task["reason"]
    assert run_scripted(workspace, executor(GOOD)).code == 0


def test_the_same_request_is_answered_once_also_for_another_clone(workspace, tmp_path, key):
    drop(workspace, "add", ADD)
    with MessagesServer(plays(Play(text=GOOD))) as server:
        served(workspace, server)
        assert run(workspace, "--agent", "anthropic").code == 0
        assert len(server.calls) == 1
        git(tmp_path, "clone", "-q", str(workspace), "clone")
        clone = tmp_path / "clone"
        git(clone, "fetch", "-q", "origin", "refs/frmo/cache/*:refs/frmo/cache/*")
        git(clone, "remote", "remove", "origin")  # else its ledger says that the task is done
        drop(clone, "add", ADD)
        said = run(clone, "--agent", "anthropic")
        assert (said.code, said.data["tasks"][0]["tokens"], len(server.calls)) == (0, 0, 1)
        assert run(clone, "--agent", "anthropic", "--again", "--no-cache", "add").code == 0
        assert len(server.calls) == 2


def test_a_retry_gets_another_sample_than_the_one_that_failed(workspace, key):
    drop(workspace, "add", {**ADD, "budget": {"attempts": 1}})
    with MessagesServer(plays(Play(text=BAD), Play(text=GOOD))) as server:
        served(workspace, server)
        assert run(workspace, "--agent", "anthropic").code == 1
        assert run(workspace, "--agent", "anthropic", "--again", "add").code == 0
        assert len(server.calls) == 2


def test_a_quota_of_the_provider_is_waited_for_in_the_task(workspace, key):
    drop(workspace, "add", ADD)
    with MessagesServer(plays(status(429, retry_after=99999))) as server:
        served(workspace, server)
        said = run(workspace, "--agent", "anthropic")
        assert (said.code, said.data["tasks"][0]["state"], len(server.calls)) == (4, "waiting", 1)


@pytest.mark.parametrize("name", ["recorded", "recorded.jsonl"])
def test_what_is_recorded_is_replayed_without_a_model(workspace, tmp_path, key, name):
    drop(workspace, "add", ADD)
    place = tmp_path / name
    with MessagesServer(plays(Play(text=GOOD))) as server:
        served(workspace, server)
        assert run(workspace, "--agent", "anthropic", "--no-cache", "--record", place).code == 0
    said = run(workspace, "--again", "--agent", "replay", "--script", place, "add")
    assert (said.code, said.data["tasks"][0]["state"]) == (0, "complete")
    (workspace / "tests" / "replay").mkdir()
    drop(workspace, "other", {**ADD, "title": "Never recorded."})
    said = run(workspace, "--agent", "replay", "--script", place)
    assert "never recorded" in str(said.data["tasks"])


def test_rows_of_tasks_are_replayed_from_the_configured_file(workspace):
    rows = [{"task": "add-*", "response": GOOD, "model": "m", "prompt_tokens": 5, "completion_tokens": 2}]
    (workspace / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    configure(workspace, agents={"replay": {"script": "rows.jsonl"}})
    drop(workspace, "add", ADD)
    said = run(workspace, "--agent", "replay")
    assert (said.code, said.data["tasks"][0]["tokens"]) == (0, 7)
