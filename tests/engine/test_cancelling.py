import json
import time

import pytest
from support.cli import frmo
from support.project import drop, executor, git, script
from support.workers import branches, settled, wait_until, worker

TASK = {"title": "Write f", "files": ["kit/f.py"], "validation": {"level": 1}, "swarm": "off"}
FILE = "```python\ndef f():\n    return 1\n```"


def state(workspace, task):
    return frmo("status", task, "--json", at=workspace).data["tasks"][0]


def test_a_pending_task_is_not_begun_any_more(workspace):
    place = drop(workspace, "f", TASK)
    said = frmo("cancel", "f", "--why", "not now", "--json", at=workspace)
    assert (said.code, said.data["state"], said.data["reason"]) == (0, "cancelled", "not now")
    assert settled(workspace) == [said.data["task"]]
    assert place.exists()
    assert frmo("run", "--dry-run", "--json", at=workspace).data["tasks"] == []
    assert git(workspace, "for-each-ref", "refs/frmo/leases", "refs/frmo/cancel") == ""
    again = frmo("cancel", "f", at=workspace)
    assert again.code == 2 and "already" in again.err


@pytest.mark.sandbox
def test_a_running_task_is_ended_and_the_others_go_on(workspace):
    drop(workspace, "f", TASK)
    drop(workspace, "g", {**TASK, "title": "Write g", "files": ["kit/g.py"]})
    replies = script(workspace, executor(FILE, task="f-*", delay_s=600), executor(FILE, delay_s=3))
    with worker(workspace, "run", "-j", "2", "--agent", "scripted", "--script", replies, "--json") as process:
        wait_until(lambda: len(branches(workspace)) == 2)
        began = time.monotonic()
        said = frmo("cancel", "f", "--why", "wrong", "--json", at=workspace)
        assert (said.code, said.data["state"]) == (0, "cancelled")
        assert time.monotonic() - began < 15
        out, _ = process.communicate(timeout=60)
    rows = {row["task"][0]: row for row in json.loads(out)["tasks"]}
    assert (rows["f"]["state"], rows["f"]["reason"], rows["g"]["state"]) == ("cancelled", "wrong", "complete")
    assert git(workspace, "for-each-ref", "refs/frmo/leases", "refs/frmo/cancel") == ""
    assert state(workspace, "f")["state"] == "cancelled"


@pytest.mark.sandbox
def test_what_a_dead_worker_left_is_cancelled_at_once(workspace):
    drop(workspace, "f", TASK)
    with worker(
        workspace, "run", "--agent", "scripted", "--script", script(workspace, executor(FILE, delay_s=600))
    ) as one:
        wait_until(lambda: branches(workspace))
        one.kill()
        one.wait()
        assert frmo("cancel", "f", "--json", at=workspace).data["state"] == "cancelled"
    retried = frmo(
        "retry", "f", "--agent", "scripted", "--script", script(workspace, executor(FILE)), "--json", at=workspace
    )
    assert (retried.data["tasks"][0]["state"], retried.data["tasks"][0]["run"]) == ("complete", 2)
