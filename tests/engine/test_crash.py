"""kill -9 of the worker in each step, then `frmo run` again: the same end as without."""

import signal
import subprocess
import sys
import time

import pytest
from support.cli import frmo
from support.project import ADD, GOOD, drop, executor, git, script

pytestmark = pytest.mark.sandbox

ASPECTS = ["requirements", "logic", "dependencies"]
OPINION = {
    "action": "python.function.write.implement",
    "target": "kit/add.py",
    "choice": "write",
    "why": "",
    "priority": 5,
}
REPLIES = [
    *({"role": "analyzer", "aspect": name, "json": {"opinions": [OPINION]}, "delay_s": 0.2 * n} for n, name in enumerate(ASPECTS)),
    executor(GOOD, delay_s=0.4),
]  # fmt: skip
STEPS = ["accept", "analyze", "analyze", "analyze", "plan", "execute", "validate", "settle"]


def subjects(workspace):
    names = git(workspace, "for-each-ref", "--format=%(refname)", "refs/heads/frmo/task").split()
    return git(workspace, "log", "--reverse", "--format=%s", names[0], "^main").splitlines() if names else []


def started(workspace):
    command = [
        sys.executable,
        "-m",
        "frmo",
        "run",
        "--agent",
        "scripted",
        "--script",
        script(workspace, *REPLIES),
        "-C",
        workspace,
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def wait_for_commits(workspace, count, worker):
    until = time.monotonic() + 60
    while len(subjects(workspace)) < count and worker.poll() is None:
        assert time.monotonic() < until, subjects(workspace)
        time.sleep(0.005)


@pytest.mark.parametrize("count", range(len(STEPS)))
def test_killed_after_so_many_commits(workspace, count):
    drop(workspace, "add", {**ADD, "swarm": ASPECTS})
    worker = started(workspace)
    if count:
        wait_for_commits(workspace, count, worker)
    else:
        time.sleep(0.3)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    said = frmo("run", "--agent", "scripted", "--script", script(workspace, *REPLIES), "--json", "add", at=workspace)
    assert said.code == 0, said
    (task,) = said.data["tasks"]
    assert (task["state"], task["attempt"], task["run"], task["label"]) == ("complete", 1, 1, "level 3, 2 tests")
    assert [line.split("(")[1].split(")")[0] for line in subjects(workspace)] == STEPS
    grafts = git(workspace, "log", "--first-parent", "--format=%s", "frmo/ledger", "--grep", "is complete").splitlines()
    assert len(grafts) == 1
    assert git(workspace, "for-each-ref", "refs/frmo/leases") == ""
    assert "missing" not in git(workspace, "fsck", "--no-dangling")
    assert git(workspace, "status", "--porcelain") == "?? tasks/add.yaml"


def test_sigterm_hands_back_and_says_so(workspace):
    drop(workspace, "add", {**ADD, "swarm": "off"})
    replies = script(workspace, executor(GOOD, delay_s=60))
    command = [
        sys.executable,
        "-m",
        "frmo",
        "run",
        "--agent",
        "scripted",
        "--script",
        replies,
        "--json",
        "-C",
        workspace,
    ]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for_commits(workspace, 2, worker)
    worker.terminate()
    _, err = worker.communicate(timeout=10)
    assert worker.returncode == 130
    assert b"handed back" in err
    assert git(workspace, "for-each-ref", "refs/frmo/leases") == ""
    said = frmo("run", "--agent", "scripted", "--script", script(workspace, executor(GOOD)), "--json", at=workspace)
    assert said.data["tasks"][0]["state"] == "complete"
