"""Finding a workspace, and its paths."""

import pytest
from support.repositories import commit_files, make_repository, write_files

from frmo.errors import NotAWorkspace
from frmo.store.workspace import Workspace


def test_top_level_and_hidden(tmp_path):
    top = make_repository(tmp_path / "top", {"state/config.yaml": "", "a/b/c.txt": "x"})
    workspace = Workspace.open(top / "a" / "b")
    assert (workspace.root, workspace.prefix, workspace.path("tasks")) == (top, "", "tasks")
    hidden = make_repository(tmp_path / "hidden", {".frmo/state/config.yaml": ""})
    workspace = Workspace.open(hidden)
    assert (workspace.prefix, workspace.path("tasks"), workspace.place("tasks")) == (
        ".frmo/",
        ".frmo/tasks",
        hidden / ".frmo" / "tasks",
    )


def test_a_state_folder_of_the_projects_own_does_not_hide_the_hidden_one(tmp_path):
    root = make_repository(tmp_path / "r", {"state/config.yaml": "mine", ".frmo/state/config.yaml": ""})
    assert Workspace.open(root).prefix == ".frmo/"


def test_an_uncommitted_mark_and_a_committed_but_deleted_one_count(tmp_path):
    root = make_repository(tmp_path / "r")
    write_files(root, {"state/config.yaml": ""})
    assert Workspace.open(root).prefix == ""
    commit_files(root, {})
    (root / "state" / "config.yaml").unlink()
    assert Workspace.open(root).prefix == ""


def test_no_workspace_and_no_repository_say_what_to_do(tmp_path):
    with pytest.raises(NotAWorkspace, match="frmo init"):
        Workspace.open(make_repository(tmp_path / "r"))
    (tmp_path / "plain").mkdir()
    with pytest.raises(NotAWorkspace, match="git init"):
        Workspace.open(tmp_path / "plain")


def test_what_a_commit_has(tmp_path):
    root = make_repository(tmp_path / "r", {"state/config.yaml": "one", "state/b": "", "state/a": ""})
    workspace = Workspace.open(root)
    first = workspace.repo.head()
    commit_files(root, {"state/config.yaml": "two"})
    assert workspace.committed("state/config.yaml") == b"two"
    assert workspace.committed("state/config.yaml", first) == b"one"
    assert workspace.committed("state/none") is None
    assert workspace.names("state") == ["a", "b", "config.yaml"]
    assert workspace.names("nothing") == []
