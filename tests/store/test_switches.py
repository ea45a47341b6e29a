"""Kill switches: no file is on, off wins, and what can't be read is off."""

import pytest
from support.repositories import commit_files, write_files
from support.runs import make_workspace

from frmo.store.switches import Switch, stopped, switches, written


@pytest.fixture
def workspace(tmp_path):
    return make_workspace(tmp_path / "r")


def test_no_file_is_on(workspace):
    assert switches(workspace) == {}
    assert stopped(workspace, "learning") is None


def test_off_on_disk_acts_at_once(workspace):
    switch = Switch("learning", on=False, why="too many proposals", by="Ada", at="2030-01-31T09:30:00Z")
    write_files(workspace.root, {"state/switches/learning.yaml": written(switch)})
    assert stopped(workspace, "learning") == switch
    assert stopped(workspace, "agent-local") is None


def test_off_committed_is_not_undone_by_a_deleted_file(workspace):
    commit_files(workspace.root, {"state/switches/learning.yaml": "on: false\n"})
    (workspace.root / "state/switches/learning.yaml").unlink()
    assert stopped(workspace, "learning")
    write_files(workspace.root, {"state/switches/learning.yaml": "on: true\n"})
    assert stopped(workspace, "learning")
    commit_files(workspace.root, {})
    assert stopped(workspace, "learning") is None


def test_everything_stops_all(workspace):
    write_files(workspace.root, {"state/switches/everything.yaml": "on: false\nwhy: fire\n"})
    assert stopped(workspace, "agent-anthropic").why == "fire"


@pytest.mark.parametrize("content", ["on: maybe\n", "", "on: [\n", "off: true\n", "on: no\n"])
def test_what_can_not_be_read_is_off_and_says_why(workspace, content):
    write_files(workspace.root, {"state/switches/learning.yaml": content})
    assert "state/switches/learning.yaml" in stopped(workspace, "learning").why


def test_readmes_are_no_switches(workspace):
    write_files(workspace.root, {"state/switches/README.md": "x"})
    assert switches(workspace) == {}
