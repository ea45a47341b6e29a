import shutil
import threading

import git as gitpython
import pytest
from support.repositories import commit_files, git, make_repository

from frmo.errors import GitError, NotAWorkspace, RefMoved
from frmo.repo.repository import FileChange, Graft, RefUpdate, Repository, Signature

WHO = Signature("frmo executor", "frmo@localhost", 1_700_000_000.9)
BRANCH = "refs/heads/frmo/task/a-00000000"


@pytest.fixture
def root(tmp_path):
    return make_repository(
        tmp_path / "work",
        {"a.txt": "a\n", "dir/b c.txt": "b\n", "dir/deep/é.txt": "e\n", "run.sh": "#!/bin/sh\n", "bin/x": b"\0\1"},
    )


@pytest.fixture
def repo(root):
    return Repository.discover(root / "dir")


def test_reads_what_the_git_program_reads(repo, root):
    head = git(root, "rev-parse", "HEAD")
    assert (repo.root, repo.git_dir, repo.head(), repo.head_branch()) == (root, root / ".git", head, "main")
    listed = git(root, "-c", "core.quotePath=false", "ls-tree", "-r", "HEAD").splitlines()
    assert [f"{item.mode:o} blob {item.oid}\t{item.path}" for item in repo.entries(head)] == listed
    assert repo.read(head, "dir/deep/é.txt") == b"e\n"
    assert repo.read(head, "dir") is None
    assert repo.read(head, "nope/x") is None
    assert repo.entry(head, "dir").mode == 0o040000
    assert [item.path for item in repo.children(head, "dir")] == ["dir/b c.txt", "dir/deep"]
    assert repo.children(head, "nope") == []
    assert repo.identity() == ("Ada", "ada@example.org")


CHANGES = [
    {"new.txt": b"n"},
    {"a.txt": b"other", "dir/b c.txt": None},
    {"dir/deep/é.txt": None},
    {"dir/b c.txt": None, "dir/deep/é.txt": None},
    {"a.txt": None, "a.txt/now/folder": b"x"},
    {"dir/b c.txt": None, "dir/deep/é.txt": None, "dir": b"now a file"},
    {"x/y/z/1": b"1", "x/y/2": b"2", "x/3": b"3", "ü ß/:(top)": b"magic", "-option": b"o"},
    {"nope": None},
    {},
]


@pytest.mark.parametrize("changes", CHANGES, ids=lambda item: " ".join(item) or "none")
def test_pygit2_and_gitpython_give_equal_trees_and_commits(repo, root, changes):
    head = repo.head()
    tree = repo.edit_tree(
        head, {path: FileChange(data) if data is not None else None for path, data in changes.items()}
    )
    ours = repo.commit(tree, [head], "same\n", Signature("Ada", "ada@example.org", 1_700_000_000))

    with gitpython.Repo(root) as other:
        gone = [path for path, data in changes.items() if data is None and (root / path).exists()]
        if gone:
            other.index.remove(gone, working_tree=True)
        for path, data in changes.items():
            if data is not None:
                place = root / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
        kept = [path for path, data in changes.items() if data is not None]
        if kept:
            other.git.add("--", *[f":(literal){path}" for path in kept])
        ada = gitpython.Actor("Ada", "ada@example.org")
        written = other.git.write_tree()
        theirs = gitpython.Commit.create_from_tree(
            other, other.tree(written), "same\n", author=ada, committer=ada,
            author_date="1700000000 +0000", commit_date="1700000000 +0000",
        )  # fmt: skip
    assert tree == written
    assert ours == theirs.hexsha


def test_edit_tree_grafts_keeps_modes_and_prunes(repo):
    head = repo.head()
    folder = repo.entry(head, "dir")
    tree = repo.edit_tree(
        None, {"kept/here": Graft(folder.oid), "run": FileChange(b"x", 0o100755), "link": FileChange(b"run", 0o120000)}
    )
    found = {item.path: item.mode for item in repo.entries(tree)}
    assert found == {
        "kept/here/b c.txt": 0o100644, "kept/here/deep/é.txt": 0o100644, "run": 0o100755, "link": 0o120000,
    }  # fmt: skip
    emptied = repo.edit_tree(tree, dict.fromkeys(("kept", "run", "link")))
    assert emptied == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@pytest.mark.parametrize("path", ["", "/a", "a//b", "../a", "a/../b", ".git/hooks/x", "a/.GIT/config", "a\0b", "."])
def test_paths_that_no_commit_may_hold(repo, path):
    with pytest.raises(GitError, match="can't be a path"):
        repo.edit_tree(repo.head(), {path: FileChange(b"x")})


def test_a_file_can_not_be_a_folder_too(repo):
    with pytest.raises(GitError, match=r"a/b"):
        repo.edit_tree(None, {"a": FileChange(b"x"), "a/b": FileChange(b"x")})


def test_changed_is_sorted_and_sees_modes_and_renames(repo):
    head = repo.head()
    moved = repo.edit_tree(
        head, {"a.txt": None, "z.txt": FileChange(b"a\n"), "run.sh": FileChange(b"#!/bin/sh\n", 0o100755)}
    )
    assert repo.changed(head, moved) == ["a.txt", "run.sh", "z.txt"]


def test_history_first_parent_stop_and_all(repo):
    first = repo.head()
    tree = repo.tree_oid(first)
    side = repo.commit(tree, [first], "side", WHO)
    main = repo.commit(tree, [first], "main", WHO)
    merge = repo.commit(tree, [main, side], "merge\n\nbody\n", WHO)
    assert [item.message for item in repo.history(merge, stop=first)] == ["merge\n\nbody\n", "main"]
    assert {item.oid for item in repo.history(merge, first_parent=False, stop=first)} == {merge, main, side}
    info = repo.commit_info(merge)
    assert (info.parents, info.author) == ((main, side), Signature("frmo executor", "frmo@localhost", 1_700_000_000.0))
    assert repo.merge_base(main, side) == first
    assert repo.is_ancestor(first, merge) and not repo.is_ancestor(merge, first) and repo.is_ancestor(first, first)


def test_merge_tree_merges_or_names_the_conflicts(repo):
    base = repo.head()
    ours = repo.edit_tree(base, {"a.txt": FileChange(b"ours\n")})
    other = repo.edit_tree(base, {"new.txt": FileChange(b"n\n")})
    merged = repo.merge_tree(base, ours, other)
    assert repo.changed(base, merged.tree) == ["a.txt", "new.txt"]
    clash = repo.merge_tree(base, ours, repo.edit_tree(base, {"a.txt": FileChange(b"theirs\n")}))
    assert (clash.tree, clash.conflicts) == (None, ("a.txt",))


def test_diff_text_is_literal_and_limited(repo):
    head = repo.head()
    tree = repo.edit_tree(head, {"a.txt": FileChange(b"A\n"), "ü*": FileChange(b"star\n"), "üb": FileChange(b"b\n")})
    whole = repo.diff_text(head, tree)
    assert "+A" in whole and "+star" in whole and "+++ b/ü*" in whole
    assert "+star" in repo.diff_text(head, tree, ["ü*"]) and "+++ b/üb" not in repo.diff_text(head, tree, ["ü*"])
    assert repo.diff_text(head, tree, []) == ""
    assert "\x1b[" in repo.diff_text(head, tree, color=True) and "\x1b[" not in whole


def test_dirty_and_ignored(repo, root):
    (root / ".gitignore").write_text("logs/\n*.tmp\n")
    (root / "a.txt").write_text("changed\n")
    (root / "run.sh").write_text("staged\n")
    git(root, "add", "run.sh")
    (root / "dir" / "b c.txt").unlink()
    (root / "untracked.txt").write_text("u")
    paths = ["a.txt", "run.sh", "dir/b c.txt", "dir/deep/é.txt", "untracked.txt", "nope"]
    assert repo.is_dirty(paths) == ["a.txt", "run.sh", "dir/b c.txt"]
    assert repo.ignored(["logs/", "x.tmp", "a.txt", ":(top)x.tmp", "-x.tmp"]) == [
        "logs/", "x.tmp", ":(top)x.tmp", "-x.tmp",
    ]  # fmt: skip


def test_linked_worktree_shares_refs_and_has_its_own_head(repo, root, tmp_path):
    git(root, "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    linked = Repository.discover(tmp_path / "linked" / "dir")
    assert (linked.root, linked.git_dir, linked.head_branch()) == (tmp_path / "linked", root / ".git", "other")
    assert linked.swap([RefUpdate(BRANCH, linked.head(), None)])
    assert repo.ref(BRANCH) == linked.head()
    assert linked.refs("refs/heads/frmo/") == repo.refs("refs/heads/frmo/") == [(BRANCH, linked.head())]


def test_bare_repository_is_read_and_has_no_checkout(root, tmp_path):
    git(root, "clone", "-q", "--bare", str(root), str(tmp_path / "bare.git"))
    bare = Repository.discover(tmp_path / "bare.git")
    assert bare.bare and bare.read(bare.head(), "a.txt") == b"a\n"
    with pytest.raises(GitError, match="bare"):
        bare.branch()


def test_no_repository_reftable_and_foreign_owner_get_a_message(root, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(NotAWorkspace, match="git init"):
        Repository.discover(empty)
    git(root, "config", "core.repositoryFormatVersion", "1")
    with (root / ".git" / "config").open("a") as config:
        config.write("[extensions]\n\trefStorage = reftable\n")
    with pytest.raises(GitError, match="reftable"):
        Repository.discover(root)


def test_unborn_and_detached_head(tmp_path, repo, root):
    new = tmp_path / "new"
    new.mkdir()
    git(new, "init", "-q", "-b", "trunk")
    unborn = Repository.discover(new)
    assert (unborn.head(), unborn.head_branch(), unborn.resolve("HEAD")) == (None, "trunk", None)
    git(root, "checkout", "-q", "--detach")
    assert repo.head_branch() is None
    with pytest.raises(GitError, match="detached"):
        repo.branch()


@pytest.mark.parametrize(
    "revision",
    ["--output=x", "-h", "a..b", "HEAD:a.txt", ":/first", "^HEAD", "a b", "x\ny", "", "HEAD^{/first}", "$(x)"],
)
def test_revisions_that_could_be_something_else_are_refused(repo, revision):
    with pytest.raises(GitError):
        repo.resolve(revision)


def test_resolve_takes_what_people_type(repo, root):
    head = commit_files(root, {"more.txt": "m"})
    git(root, "tag", "-a", "v1.0", "-m", "tag")
    git(root, "branch", "feature/#12")
    for revision in ("HEAD", "main", "v1.0", "feature/#12", "refs/heads/main", head, head[:10], "@"):
        assert repo.resolve(revision) == head
    assert repo.resolve("HEAD~1") == git(root, "rev-parse", "HEAD~1") == repo.resolve("main^")
    assert repo.resolve("nope") is None


def test_many_threads_write_at_once(repo):
    head, done = repo.head(), []

    def work(number):
        tree = repo.edit_tree(head, {f"dir/{number}.txt": FileChange(str(number).encode())})
        oid = repo.commit(tree, [head], f"{number}", WHO)
        done.append(repo.swap([RefUpdate(f"refs/heads/frmo/task/t{number}-00000000", oid, None)]))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [True] * 60
    assert len(repo.refs("refs/heads/frmo/task/")) == 60


def test_works_after_gc_and_packed_refs(repo, root):
    tree = repo.edit_tree(repo.head(), {"p.txt": FileChange(b"p")})
    oid = repo.commit(tree, [repo.head()], "p", WHO)
    assert repo.swap([RefUpdate(BRANCH, oid, None)])
    git(root, "pack-refs", "--all", "--prune")
    git(root, "gc", "-q")
    assert repo.ref(BRANCH) == oid and repo.read(oid, "p.txt") == b"p"
    assert repo.refs("refs/heads/frmo/") == [(BRANCH, oid)]
    assert repo.swap([RefUpdate(BRANCH, None, oid)]) and repo.ref(BRANCH) is None
    assert git(root, "fsck", "--strict", "--no-dangling") == ""


def test_everything_written_passes_fsck(repo, root):
    tree = repo.edit_tree(repo.head(), {"x/y": FileChange(b"1"), "a.txt": None, "w/ä b": FileChange(b"2", 0o100755)})
    oid = repo.commit(tree, [repo.head()], "checked", WHO)
    assert repo.swap([RefUpdate(BRANCH, oid, None)])
    shutil.rmtree(root / ".git" / "frmo")
    assert git(root, "fsck", "--strict", "--full") == ""


def test_the_first_commit_of_a_branch_keeps_what_else_is_staged(tmp_path):
    root = tmp_path / "new"
    root.mkdir()
    git(root, "init", "-q")
    (root / "mine.txt").write_text("mine\n")
    git(root, "add", "mine.txt")
    (root / "loose.txt").write_text("loose\n")
    repo = Repository.discover(root)
    new = repo.commit(repo.edit_tree(None, {"tasks/x": FileChange(b"x\n")}), [], "first", WHO)
    repo.advance(new, "first")
    assert git(root, "rev-parse", "main") == new
    assert (root / "tasks/x").read_text() == "x\n"
    assert git(root, "status", "--porcelain").splitlines() == ["A  mine.txt", "?? loose.txt"]
    with pytest.raises(RefMoved):
        repo.advance(repo.commit(repo.edit_tree(None, {"y": FileChange(b"")}), [], "again", WHO), "again")


def test_the_first_commit_replaces_no_file(tmp_path):
    root = tmp_path / "new"
    root.mkdir()
    git(root, "init", "-q")
    (root / "x").write_text("mine\n")
    repo = Repository.discover(root)
    with pytest.raises(GitError, match="x exists but is not tracked"):
        repo.advance(repo.commit(repo.edit_tree(None, {"x": FileChange(b"x\n")}), [], "first", WHO), "first")
    assert (root / "x").read_text() == "mine\n"
    assert repo.head() is None


def test_settings_of_git(root, repo):
    assert repo.setting("core.hooksPath") is None
    git(root, "config", "core.hooksPath", "x/hooks")
    assert Repository.discover(root).setting("core.hooksPath") == "x/hooks"
