"""The committed configuration, and warnings about what is not committed."""

import pytest
from support.repositories import commit_files, git, write_files
from support.runs import make_workspace

from frmo.errors import InputError
from frmo.model.config import Config
from frmo.store.config import load_config
from frmo.store.seed import plant
from frmo.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    return make_workspace(
        tmp_path / "r", {"state/config.yaml": "version: 1\njobs: 3\n", "protocols/a/b.yaml": "x: 1\n"}
    )


def test_the_committed_file_counts_and_edits_are_told(workspace):
    assert load_config(workspace) == (Config(jobs=3), [])
    write_files(workspace.root, {"state/config.yaml": "jobs: 9\n", "protocols/a/c.yaml": "new: 1\n"})
    config, (warning,) = load_config(workspace)
    assert config.jobs == 3
    assert warning == "uncommitted edits are not used until you commit them: protocols/a/c.yaml, state/config.yaml"
    commit_files(workspace.root, {})
    assert load_config(workspace) == (Config(jobs=9), [])


def test_a_staged_edit_is_not_committed(workspace):
    write_files(workspace.root, {"protocols/a/b.yaml": "x: 2\n"})
    git(workspace.root, "add", "-A")
    assert "protocols/a/b.yaml" in load_config(workspace)[1][0]


def test_an_earlier_commit(workspace):
    first = workspace.repo.head()
    commit_files(workspace.root, {"state/config.yaml": "jobs: 9\n"})
    assert load_config(workspace, first) == (Config(jobs=3), [])


def test_faults_are_told_with_place(tmp_path):
    workspace = make_workspace(tmp_path / "r", {"state/config.yaml": "jobs: 0\nbudgets: {}\n"})
    with pytest.raises(InputError) as caught:
        load_config(workspace)
    assert [str(fault) for fault in caught.value.faults] == [
        "state/config.yaml:1:7: jobs must be at least 1, not 0",
        "state/config.yaml:2:1: unknown key 'budgets' (did you mean 'budget'?)",
    ]


def test_an_uncommitted_config_is_told(tmp_path, workspace):
    git(workspace.root, "rm", "-q", "--cached", "state/config.yaml")
    git(workspace.root, "commit", "-q", "-m", "drop")
    config, warnings = load_config(workspace)
    assert config == Config()
    assert "not committed yet" in warnings[0]


def test_the_shipped_config_says_the_defaults(tmp_path, workspace):
    root = workspace.root.parent / "fresh"
    root.mkdir()
    git(root, "init", "-q")
    plant(root, now=1.7e9)
    config, warnings = load_config(Workspace.open(root))
    assert warnings == []
    assert {**vars(config), "agents": {}} == {**vars(Config()), "agents": {}}
    local = config.profile("local")
    assert (local.profile, local.swarm, local.context_tokens) == ("small", "off", 2048)
