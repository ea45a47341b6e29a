"""Whatever lies in the repository, its configuration or the environment: no command of it runs, no other git is used."""

import pytest
from support.repositories import commit_files, git, make_repository, write_files

from frmo.errors import GitError
from frmo.repo.repository import FileChange, RefUpdate, Repository, Signature

WHO = Signature("frmo worker", "frmo@localhost", 1_700_000_000)
HOOKS = (
    "pre-commit", "post-commit", "commit-msg", "prepare-commit-msg", "post-checkout", "post-merge", "pre-merge-commit",
    "reference-transaction", "post-index-change", "pre-push", "post-rewrite", "pre-rebase", "fsmonitor-watchman",
)  # fmt: skip


@pytest.fixture
def ran(tmp_path):
    return tmp_path / "ran"


@pytest.fixture
def root(tmp_path):
    return make_repository(tmp_path / "work", {"a.txt": "a\n", "b.txt": "b\n", "keep.txt": "k\n"})


def _everything(repo):
    """Every kind of call through the door, the checkout's included."""
    head = repo.head()
    changes = {"a.txt": FileChange(b"new\n"), "n/ew.txt": FileChange(b"n\n"), "b.txt": None}
    tree = repo.edit_tree(head, changes)
    oid = repo.commit(tree, [head], "work", WHO)
    assert repo.swap([RefUpdate("refs/heads/frmo/task/a-00000000", oid, None)])
    assert "+new" in repo.diff_text(head, oid) and "+new" in repo.diff_text(head, oid, ["a.txt"], color=False)
    assert repo.ignored(["a.txt"]) == [] and repo.is_dirty(["a.txt", "b.txt"]) == []
    assert repo.merge_tree(head, head, oid).tree == tree
    assert repo.identity() and repo.resolve("HEAD") == head and repo.changed(head, oid)
    assert repo.obstacles(tree) == []
    repo.advance(oid, "bring")
    assert repo.head() == oid and (repo.root / "a.txt").read_text() == "new\n"


def _script(path, ran):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {path.name} >> {ran}\nexit 0\n")
    path.chmod(0o755)
    return path


def test_hooks_of_every_event(root, ran):
    for name in HOOKS:
        _script(root / ".git" / "hooks" / name, ran)
    _everything(Repository.discover(root))
    assert not ran.exists()


def test_a_relative_hooks_path_served_by_the_branch(root, ran):
    for name in HOOKS:
        _script(root / ".githooks" / name, ran)
    commit_files(root, {"x": "x"})
    git(root, "config", "core.hooksPath", ".githooks")
    _everything(Repository.discover(root))
    assert not ran.exists()


def test_commands_in_the_configuration(root, ran):
    evil = str(_script(root.parent / "evil.sh", ran))
    commit_files(root, {".gitattributes": "* filter=evil diff=evil merge=evil\n"})
    for name in (
        "core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.external", "core.pager",
        "diff.evil.command", "diff.evil.textconv", "merge.evil.driver", "core.editor", "core.sshCommand", "core.askPass",
        "alias.diff", "alias.update-index", "gpg.program", "credential.helper", "core.alternateRefsCommand", "pager.diff",
        "interactive.diffFilter", "filter.o=dd.clean", "filter.a b.process",
    ):  # fmt: skip
        git(root, "config", name, evil)
    git(root, "config", "filter.evil.required", "true")
    git(root, "config", "commit.gpgSign", "true")
    git(root, "config", "pager.diff", evil)
    ran.unlink(missing_ok=True)
    _everything(Repository.discover(root))
    assert not ran.exists()


def test_variables_that_an_outer_hook_left(root, ran, tmp_path, monkeypatch):
    other = make_repository(tmp_path / "other", {"o.txt": "o\n"})
    evil = str(_script(tmp_path / "evil.sh", ran))
    left = {
        "GIT_DIR": other / ".git", "GIT_WORK_TREE": other, "GIT_INDEX_FILE": other / ".git" / "index",
        "GIT_OBJECT_DIRECTORY": other / ".git" / "objects", "GIT_COMMON_DIR": other / ".git", "GIT_NAMESPACE": "evil",
        "GIT_EXTERNAL_DIFF": evil, "GIT_PAGER": evil, "GIT_EDITOR": evil, "GIT_EXEC_PATH": tmp_path,
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": evil,
        "GIT_CONFIG_PARAMETERS": "'core.fsmonitor'='x'", "GIT_QUARANTINE_PATH": tmp_path, "GIT_TRACE": ran,
        "GIT_GLOB_PATHSPECS": "1", "GIT_PREFIX": "sub/",
    }  # fmt: skip
    before = git(other, "rev-parse", "HEAD")
    for name, value in left.items():
        monkeypatch.setenv(name, str(value))
    _everything(Repository.discover(root))
    for name in left:
        monkeypatch.delenv(name)
    assert not ran.exists()
    assert git(other, "rev-parse", "HEAD") == before and git(other, "status", "--porcelain") == ""
    assert git(root, "status", "--porcelain") == ""


def test_a_git_file_that_appears_in_a_folder_is_never_followed(root, ran, tmp_path):
    trap = make_repository(tmp_path / "trap")
    git(trap, "config", "core.fsmonitor", str(_script(tmp_path / "evil.sh", ran)))
    repo = Repository.discover(root)
    write_files(root, {"n/.git": f"gitdir: {trap}/.git\n"})
    _everything(repo)
    assert not ran.exists() and git(trap, "log", "--format=%s") == "first"


def test_a_swapped_git_directory_runs_nothing(root, ran, tmp_path):
    """The directory itself is replaced after it was opened: calls fail or go on, but start nothing that it names."""
    trap = make_repository(tmp_path / "trap")
    evil = str(_script(tmp_path / "evil.sh", ran))
    for name in ("core.fsmonitor", "core.sshCommand", "diff.external", "core.pager"):
        git(trap, "config", name, evil)
    git(trap, "config", "remote.origin.url", "ssh://localhost/x")
    git(trap, "config", "remote.origin.promisor", "true")
    git(trap, "config", "extensions.partialClone", "origin")
    repo = Repository.discover(root)
    head = repo.head()
    tree = repo.edit_tree(head, {"a.txt": FileChange(b"x")})
    ran.unlink(missing_ok=True)
    (root / ".git").rename(tmp_path / "real")
    (root / ".git").write_text(f"gitdir: {trap}/.git\n")
    with pytest.raises(GitError):
        repo.diff_text(head, tree)
    assert repo.ignored(["a.txt"]) == []
    assert not ran.exists()


@pytest.mark.parametrize("path", ["--output=/tmp/x", "-O/tmp/x", ":(exclude)a.txt", ":!a.txt", "--no-index", "@{u}"])
def test_paths_are_never_options_or_magic(root, path):
    repo = Repository.discover(root)
    tree = repo.edit_tree(repo.head(), {path: FileChange(b"odd\n"), "a.txt": FileChange(b"x\n")})
    shown = repo.diff_text(repo.head(), tree, [path])
    assert "+odd" in shown and "+x" not in shown
    oid = repo.commit(tree, [repo.head()], "odd", WHO)
    repo.advance(oid, "odd")
    assert (root / path).read_bytes() == b"odd\n" and git(root, "status", "--porcelain") == ""


@pytest.mark.parametrize("name", ["--exec=x", "-u", "HEAD;x", "a\nb", "$(touch x)"])
def test_a_diff_takes_object_ids_only(root, name):
    repo = Repository.discover(root)
    with pytest.raises(GitError, match="two object ids"):
        repo.diff_text(name, repo.head())
