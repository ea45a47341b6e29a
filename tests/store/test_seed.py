"""`plant`: the seed in one commit of its own, nothing of the person's touched, replaced or committed."""

import os

import pytest
from support.repositories import commit_files, git, make_repository, write_files

from frmo.errors import GitError, NotAWorkspace, UsageFault
from frmo.store.rules import faults_between
from frmo.store.seed import plant, seed_files
from frmo.store.workspace import FOLDERS, Workspace

NOW = 1_700_000_000.0


@pytest.fixture
def root(tmp_path):
    return make_repository(tmp_path / "r", {"README.md": "# here\n", "src/a.py": "a = 1\n"})


def committed(root, revision="HEAD"):
    return set(git(root, "show", "--name-only", "--format=", revision).splitlines())


def state(root):
    """All that a refusal must leave as it was."""
    files = {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and ".git" not in path.parts}
    return git(root, "for-each-ref"), git(root, "status", "--porcelain", "--ignored"), files


def test_an_existing_repository_gets_one_commit_with_the_seed(root):
    before = git(root, "rev-parse", "HEAD")
    done = plant(root / "src", now=NOW)
    assert (done.prefix, done.branch, done.already, done.checked_out) == ("", "main", False, True)
    assert git(root, "rev-parse", "HEAD") == done.commit
    assert git(root, "rev-parse", "HEAD~1") == before
    assert committed(root) == set(seed_files()) == set(done.added)
    assert git(root, "status", "--porcelain") == ""
    assert git(root, "log", "-1", "--format=%an <%ae> %at %s") == (
        "Ada <ada@example.org> 1700000000 frmo(init): make this repository a workspace"
    )
    assert {path.split("/")[0] for path in done.added} == set(FOLDERS)
    assert git(root, "ls-tree", "HEAD", "hooks/pre-commit").startswith("100755")
    assert Workspace.open(root).prefix == ""


def test_the_seed_keeps_its_own_rules(root):
    done = plant(root, now=NOW)
    workspace = Workspace.open(root)
    assert faults_between(workspace, None, done.commit) == []


def test_no_example_or_demo_task_lands_in_the_inbox(root):
    plant(root, now=NOW)
    assert [path.name for path in (root / "tasks").iterdir()] == ["README.md"]
    assert not any("example" in path or "demo" in path for path in seed_files())


def test_a_second_time_changes_nothing(root):
    first = plant(root, now=NOW)
    before = state(root)
    second = plant(root, now=NOW + 9)
    assert second.already
    assert second.commit is None
    assert second.prefix == first.prefix
    assert state(root) == before


def test_a_repository_without_commits_gets_its_first(tmp_path):
    root = tmp_path / "new"
    root.mkdir()
    git(root, "init", "-q", "-b", "trunk")
    (root / "mine.py").write_text("x = 1\n")
    git(root, "add", "mine.py")
    done = plant(root, now=NOW)
    assert done.branch == "trunk"
    assert git(root, "rev-list", "--count", "HEAD") == "1"
    assert git(root, "status", "--porcelain") == "A  mine.py"


def test_staged_changed_and_untracked_files_stay_as_they_are(root):
    write_files(root, {"src/a.py": "a = 2\n", "src/new.py": "n = 1\n", "loose.txt": "l\n"})
    git(root, "add", "src/new.py")
    before = git(root, "status", "--porcelain")
    done = plant(root, now=NOW)
    assert git(root, "status", "--porcelain") == before
    assert committed(root) == set(done.added)


def test_a_folder_without_git_says_what_to_do(tmp_path):
    with pytest.raises(NotAWorkspace, match="git init"):
        plant(tmp_path, now=NOW)


@pytest.mark.parametrize("taken", ["logs/x.txt", "hooks/x", "tasks", "state/config.toml", "protocols/http.py"])
def test_a_taken_name_hides_all_five(tmp_path, taken):
    root = make_repository(tmp_path / "r", {taken: "mine\n"})
    done = plant(root, now=NOW)
    assert done.prefix == ".frmo/"
    assert done.why_hidden == f"`{taken.split('/')[0]}` exists already"
    assert all(path.startswith(".frmo/") for path in done.added)
    assert (root / taken).read_text() == "mine\n"
    assert Workspace.open(root).prefix == ".frmo/"
    assert plant(root, now=NOW).already


@pytest.mark.parametrize("where", [".gitignore", ".git/info/exclude", "global"])
def test_an_ignored_name_hides_all_five(root, where, tmp_path):
    if where == "global":
        (tmp_path / "ignore").write_text("logs\n*.log\n")
        git(root, "config", "core.excludesFile", str(tmp_path / "ignore"))
    elif where == ".gitignore":
        commit_files(root, {".gitignore": "logs/\n"})
    else:
        (root / where).write_text("logs/\n")
    ignore = (root / ".gitignore").read_bytes() if where == ".gitignore" else b""
    done = plant(root, now=NOW)
    assert done.prefix == ".frmo/"
    assert done.why_hidden.startswith("`logs` is ignored")
    assert ".frmo/logs" in done.notes[0]
    assert ".frmo/logs/README.md" in committed(root)
    assert git(root, "status", "--porcelain") == ""
    assert not ignore or (root / ".gitignore").read_bytes() == ignore


def test_hidden_by_wish(root):
    done = plant(root, now=NOW, hidden=True)
    assert (done.prefix, done.why_hidden) == (".frmo/", "")
    assert (root / ".frmo/state/config.yaml").is_file()


def test_a_branch_leaves_head_index_and_files_alone(root):
    write_files(root, {"src/a.py": "a = 2\n"})
    head, before = git(root, "rev-parse", "HEAD"), state(root)
    done = plant(root, now=NOW, branch="frmo/init")
    assert not done.checked_out
    assert git(root, "rev-parse", "HEAD") == head
    assert git(root, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert state(root)[1:] == before[1:]
    assert git(root, "rev-parse", "frmo/init") == done.commit
    assert git(root, "rev-parse", "frmo/init~1") == head
    assert plant(root, now=NOW, branch="frmo/init").already


def test_a_detached_head_needs_a_branch(root):
    git(root, "checkout", "-q", "--detach")
    with pytest.raises(UsageFault, match="detached"):
        plant(root, now=NOW)
    assert plant(root, now=NOW, branch="work").commit == git(root, "rev-parse", "work")


def test_a_branch_called_frmo_is_in_the_way(root):
    git(root, "branch", "frmo")
    before = state(root)
    with pytest.raises(UsageFault, match=r"git branch -m frmo"):
        plant(root, now=NOW)
    assert state(root) == before


@pytest.mark.parametrize("name", ["frmo", "-x", "a..b", "a b", "", "a/", "x.lock", "refs@{1}", "a//b"])
def test_odd_branch_names_are_refused(root, name):
    with pytest.raises(UsageFault):
        plant(root, now=NOW, branch=name)


def test_bare_merging_and_unknown_persons_are_refused(root, tmp_path, monkeypatch):
    git(tmp_path, "clone", "-q", "--bare", str(root), "bare.git")
    with pytest.raises(UsageFault, match="bare"):
        plant(tmp_path / "bare.git", now=NOW)
    git(root, "checkout", "-q", "-b", "other")
    commit_files(root, {"src/a.py": "a = 3\n"})
    git(root, "checkout", "-q", "main")
    commit_files(root, {"src/a.py": "a = 4\n"})
    git(root, "merge", "other", check=False)
    before = state(root)
    with pytest.raises(GitError, match="merge is going on"):
        plant(root, now=NOW)
    assert state(root) == before
    git(root, "merge", "--abort")
    for name in list(os.environ):
        if name.startswith("GIT_AUTHOR") or name.startswith("GIT_COMMITTER"):
            monkeypatch.delenv(name)
    git(root, "config", "user.name", "")
    git(root, "config", "user.email", "")
    with pytest.raises(UsageFault, match=r"git config user\.name"):
        plant(root, now=NOW)


def test_a_file_in_the_way_is_never_replaced(root):
    write_files(root, {".frmo/state/README.md": "mine\n", "logs": "mine\n"})
    done = plant(root, now=NOW)
    assert (root / ".frmo/state/README.md").read_text() == "mine\n"
    assert ".frmo/state/README.md" not in done.added


def test_a_config_of_the_projects_own_makes_no_workspace(tmp_path):
    root = make_repository(tmp_path / "r", {"state/config.yaml": "mine: 1\n"})
    done = plant(root, now=NOW)
    assert (done.prefix, done.already) == (".frmo/", False)
    assert plant(root, now=NOW).already


def test_a_killed_init_is_finished_by_the_next(root):
    """Files are written first, the index next, the branch last: a kill may come after each."""
    for path, content in list(seed_files().items())[3:]:
        write_files(root, {path: content})
    for hook in (root / "hooks").iterdir():
        hook.chmod(0o644 if hook.suffix else 0o755)
    git(root, "add", "protocols", "state")
    done = plant(root, now=NOW)
    assert (done.prefix, done.already) == ("", False)
    assert git(root, "status", "--porcelain") == ""
    assert committed(root) == set(seed_files())


def test_upgrade_adds_only_what_is_missing(root):
    plant(root, now=NOW)
    (root / "protocols/learner/protocol.yaml").unlink()
    write_files(root, {"state/config.yaml": "version: 1\njobs: 7\n"})
    commit_files(root, {})
    assert plant(root, now=NOW).commit is None
    done = plant(root, now=NOW, upgrade=True)
    assert done.added == ("protocols/learner/protocol.yaml",)
    assert committed(root) == {"protocols/learner/protocol.yaml"}
    assert (root / "state/config.yaml").read_text() == "version: 1\njobs: 7\n"
    assert plant(root, now=NOW, upgrade=True).commit is None


def test_in_a_linked_worktree(root, tmp_path):
    git(root, "worktree", "add", "-q", str(tmp_path / "linked"), "-b", "side")
    done = plant(tmp_path / "linked", now=NOW)
    assert done.branch == "side"
    assert git(tmp_path / "linked", "status", "--porcelain") == ""
    assert git(root, "status", "--porcelain") == ""
    assert (root / ".git/hooks/pre-commit").is_file()


def test_attributes_of_the_person_stay(tmp_path):
    root = make_repository(tmp_path / "r", {".gitattributes": "* text=auto eol=crlf\n", "a.txt": "a\n"})
    plant(root, now=NOW)
    assert (root / ".gitattributes").read_text() == "* text=auto eol=crlf\n"
    assert committed(root) == set(seed_files())
