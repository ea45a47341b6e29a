"""A ledger that a remote has: what others settled is not done again."""

import pytest
from support.cli import frmo
from support.project import drop, executor, git, script
from support.workers import settled

TASK = {"title": "Write f", "files": ["kit/f.py"], "validation": {"level": 1}, "swarm": "off"}
FILE = "```python\ndef f():\n    return 1\n```"


def run(folder, *args):
    replies = script(folder, executor(FILE))
    return frmo("run", "--agent", "scripted", "--script", replies, "--json", *args, at=folder)


def clone(workspace, tmp_path, name):
    folder = tmp_path / name / "repo"
    folder.parent.mkdir()
    git(tmp_path, "clone", "-q", str(tmp_path / "remote.git"), str(folder))
    return folder


@pytest.fixture
def remote(workspace, tmp_path):
    git(tmp_path, "clone", "-q", "--bare", str(workspace), "remote.git")
    git(workspace, "remote", "add", "origin", str(tmp_path / "remote.git"))
    return workspace


@pytest.mark.sandbox
def test_what_another_clone_settled_is_known_and_both_ledgers_are_joined(remote, tmp_path):
    other = clone(remote, tmp_path, "other")
    drop(remote, "f", TASK)
    drop(other, "g", {**TASK, "files": ["kit/g.py"]})
    assert run(remote).code == run(other).code == 0
    git(remote, "push", "-q", "origin", "frmo/ledger")
    drop(other, "f", TASK)
    said = run(other)
    assert (said.code, said.data["tasks"]) == (0, [])
    assert sorted(name[0] for name in settled(other)) == ["g"]  # its own first-parent line; f came by the join
    known = {row["task"][0]: row["state"] for row in frmo("status", "--json", at=other).data["tasks"]}
    assert known == {"f": "complete", "g": "complete"}


@pytest.mark.sandbox
def test_a_fresh_clone_reads_the_remotes_ledger_before_anything_ran(remote, tmp_path):
    drop(remote, "f", TASK)
    assert run(remote).code == 0
    git(remote, "push", "-q", "origin", "frmo/ledger")
    fresh = clone(remote, tmp_path, "fresh")
    drop(fresh, "f", TASK)
    assert frmo("status", "--json", at=fresh).data["tasks"][0]["state"] == "complete"
    assert git(fresh, "for-each-ref", "refs/heads/frmo") == ""
    drop(fresh, "g", {**TASK, "files": ["kit/g.py"]})
    assert [row["task"][0] for row in run(fresh).data["tasks"]] == ["g"]
    assert sorted(name[0] for name in settled(fresh)) == ["f", "g"]


def test_a_remote_that_is_away_stops_nobody(workspace):
    git(workspace, "remote", "add", "origin", str(workspace.parent / "nowhere.git"))
    said = run(workspace)
    assert said.code == 0
    assert "going on without" in said.err


def test_a_remote_that_would_run_a_program_does_not(workspace, tmp_path):
    git(workspace, "remote", "add", "origin", f"ext::touch {tmp_path}/ran")
    said = run(workspace)
    assert "could not be fetched" in said.err
    assert not (tmp_path / "ran").exists()
