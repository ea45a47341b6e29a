"""`frmo switch`: at once, and as a commit of the person."""

import pytest
from support.cli import frmo
from support.project import git


def test_off_and_on_are_commits_that_act_at_once(workspace):
    said = frmo("switch", "agent-scripted", "off", "--why", "too dear", at=workspace)
    assert said.code == 0, said.err
    assert git(workspace, "log", "-1", "--format=%an: %s") == "Ada: frmo(switch): agent-scripted off: too dear"
    assert git(workspace, "status", "--porcelain") == ""
    [row] = frmo("switch", "--json", at=workspace).data["switches"]
    assert (row["name"], row["on"], row["why"], row["by"]) == ("agent-scripted", False, "too dear", "Ada")
    frmo("switch", "agents.scripted", "on", "--why", "cheaper now", at=workspace)
    assert frmo("switch", "--json", at=workspace).data["switches"][0]["on"] is True


def test_a_detached_head_gets_the_file_and_is_told(workspace):
    git(workspace, "checkout", "-q", "--detach")
    said = frmo("switch", "learning", "off", "--why", "now", "--json", at=workspace)
    assert said.code == 0
    assert said.data["commit"] is None
    assert "not committed" in said.err
    assert frmo("switch", "--json", at=workspace).data["switches"][0]["on"] is False


def test_staged_work_of_the_person_is_not_committed(workspace):
    (workspace / "kit" / "new.py").write_text("x = 1\n")
    git(workspace, "add", "kit/new.py")
    frmo("switch", "everything", "off", "--why", "stop", at=workspace)
    assert git(workspace, "show", "--name-only", "--format=", "HEAD") == "state/switches/everything.yaml"
    assert git(workspace, "status", "--porcelain") == "A  kit/new.py"


@pytest.mark.parametrize("args", [("agent", "off", "--why", "x"), ("learning", "off"), ("../x", "on", "--why", "y")])
def test_what_makes_no_sense_changes_nothing(workspace, args):
    before = git(workspace, "rev-parse", "HEAD")
    assert frmo("switch", *args, at=workspace).code == 2
    assert (git(workspace, "rev-parse", "HEAD"), git(workspace, "status", "--porcelain")) == (before, "")
