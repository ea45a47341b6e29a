import os

import pytest
from support.repositories import commit_files, git, write_files
from support.runs import NOW, begin, finish, make_task, make_workspace

from frmo.errors import GitError, RefMoved, UsageFault
from frmo.model.names import review_ref
from frmo.model.state import State
from frmo.repo.repository import FileChange, RefUpdate, Signature
from frmo.store.deliverable import accepted_in, decide, diff_text, land, paths, prepare, publish, tree
from frmo.store.ledger import Ledger
from frmo.store.runs import StepNote, TaskRun
from frmo.store.workspace import Workspace

TASK = make_task().id
WORK = {"text/slug.py": "def slugify(text):\n    return text.lower()\n", "text/new ü.py": "n = 1\n", "README.md": None}


@pytest.fixture(params=["", ".frmo/"])
def workspace(tmp_path, request):
    return make_workspace(tmp_path / "work", prefix=request.param)


def _accept(workspace):
    return land(prepare(workspace, TASK), NOW + 100)


def test_the_deliverable_is_what_changed_without_bookkeeping(workspace):
    run = finish(begin(workspace, make_task()), WORK)
    assert paths(run) == ["README.md", "text/new ü.py", "text/slug.py"]
    shown = diff_text(run)
    assert "+    return text.lower()" in shown and "state/runs" not in shown
    assert workspace.repo.changed(workspace.repo.head(), tree(run)) == paths(run)


def test_accept_is_one_commit_by_the_person_and_only_the_deliverable(workspace):
    root = workspace.root
    before = git(root, "rev-parse", "HEAD")
    run = finish(begin(workspace, make_task()), WORK)
    oid = _accept(workspace)
    assert git(root, "rev-parse", "HEAD") == oid and git(root, "rev-parse", "HEAD^") == before
    assert git(root, "rev-parse", "--abbrev-ref", "HEAD") == "main"
    assert git(root, "status", "--porcelain") == "" and git(root, "diff", "HEAD") == ""
    assert git(root, "-c", "core.quotePath=false", "show", "--name-status", "--format=", "HEAD").splitlines() == [
        "D\tREADME.md", "A\ttext/new ü.py", "M\ttext/slug.py",
    ]  # fmt: skip
    assert git(root, "log", "-1", "--format=%an <%ae> %s") == "Ada <ada@example.org> frmo(accept): Do slugify"
    trailers = git(root, "log", "-1", "--format=%(trailers)").splitlines()
    assert f"Frmo-Task: {TASK}" in trailers and f"Frmo-Source: {run.tip}" in trailers
    assert "Frmo-Protocol: executor@0123abc" in trailers and "skip-checks: true" not in trailers
    assert git(root, "fsck", "--strict") == "" and git(root, "reflog", "-1").endswith(f"frmo: accept {TASK}")


def test_accepting_twice_says_where_it_went(workspace):
    finish(begin(workspace, make_task()), WORK)
    oid = _accept(workspace)
    with pytest.raises(UsageFault, match=f"accepted already: commit {oid[:12]} on main"):
        prepare(workspace, TASK)
    commit_files(workspace.root, {"later.txt": "x"})
    assert accepted_in(TaskRun.load(workspace, TASK)) == oid
    with pytest.raises(UsageFault, match="accepted already"):
        prepare(workspace, TASK)


def test_only_complete_runs_unless_asked(workspace):
    finish(begin(workspace, make_task()), WORK, State.FAILED)
    with pytest.raises(UsageFault, match="is failed, not complete"):
        prepare(workspace, TASK)
    assert prepare(workspace, TASK, unfinished=True).paths
    with pytest.raises(UsageFault, match="no branch"):
        prepare(workspace, "nobody-00000000")


def test_nothing_to_accept(workspace):
    finish(begin(workspace, make_task()), {})
    with pytest.raises(UsageFault, match="changed nothing"):
        prepare(workspace, TASK)


def test_everything_there_already(workspace):
    finish(begin(workspace, make_task()), {"a": "1"})
    commit_files(workspace.root, {"a": "1"})
    with pytest.raises(UsageFault, match="on main already"):
        prepare(workspace, TASK)


def test_other_changes_of_the_person_stay_as_they_are(workspace):
    root = workspace.root
    commit_files(root, {"mine.txt": "1\n", "staged.txt": "1\n", "gone.txt": "1\n"})
    finish(begin(workspace, make_task()), WORK)
    write_files(root, {"mine.txt": "unstaged\n", "staged.txt": "staged\n", "untracked.txt": "u\n", "added.txt": "a\n"})
    (root / "gone.txt").unlink()
    git(root, "add", "staged.txt", "added.txt")
    write_files(root, {"staged.txt": "staged and more\n"})
    before = git(root, "status", "--porcelain")
    _accept(workspace)
    assert git(root, "status", "--porcelain") == before
    assert (root / "mine.txt").read_text() == "unstaged\n" and git(root, "show", ":staged.txt") == "staged"


OBSTACLES = [
    (lambda root: write_files(root, {"text/slug.py": "mine\n"}), "text/slug.py has unstaged changes"),
    (lambda root: (write_files(root, {"text/slug.py": "m\n"}), git(root, "add", ".")), "text/slug.py has staged changes"),
    (lambda root: write_files(root, {"text/new ü.py": "mine\n"}), "text/new ü.py exists but is not tracked"),
    (lambda root: (root / "text/slug.py").unlink(), "text/slug.py is deleted but not committed"),
    (lambda root: git(root, "rm", "-q", "README.md", "--cached"), ""),
    (lambda root: write_files(root, {"text/new ü.py/inside": "x"}), "is a folder with files"),
    (lambda root: ((root / "text/slug.py").rename(root / "s"), (root / "text").rmdir(),
                   (root / "text").symlink_to("elsewhere")), "behind the link text"),
    (lambda root: (root / "text/slug.py").chmod(0o755), "text/slug.py has unstaged changes"),
    (lambda root: ((root / "text/slug.py").unlink(), (root / "text/slug.py").symlink_to("x")), "unstaged changes"),
    (lambda root: ((root / "text/slug.py").unlink(), os.mkfifo(root / "text/slug.py")), "unstaged changes"),
    (lambda root: write_files(root, {".gitignore": "new*\n", "text/new ü.py": "ignored\n"}), "exists but is not tracked"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "said"), OBSTACLES, ids=[said or "harmless" for _, said in OBSTACLES])
def test_what_would_be_lost_stops_it_before_anything_is_touched(workspace, spoil, said):
    finish(begin(workspace, make_task()), WORK)
    landing = prepare(workspace, TASK)
    spoil(workspace.root)
    before, head = git(workspace.root, "status", "--porcelain"), workspace.repo.head()
    if not said:
        assert _accept(workspace) and git(workspace.root, "status", "--porcelain") == ""
        return
    with pytest.raises(GitError, match=said):
        prepare(workspace, TASK)
    with pytest.raises(GitError, match=said):
        land(landing, NOW)
    assert (git(workspace.root, "status", "--porcelain"), workspace.repo.head()) == (before, head)


def test_when_head_has_moved_the_change_is_merged(workspace):
    finish(begin(workspace, make_task()), {"text/slug.py": "def slugify(text):\n    return text.lower()\n"})
    assert not prepare(workspace, TASK).moved
    commit_files(
        workspace.root, {"text/slug.py": "import re\n\n\ndef slugify(text):\n    return text\n", "o.py": "1\n"}
    )
    landing = prepare(workspace, TASK)
    assert landing.moved and landing.paths == ("text/slug.py",)
    assert workspace.repo.read(landing.tree, "o.py") == b"1\n"
    land(landing, NOW)
    merged = "import re\n\n\ndef slugify(text):\n    return text.lower()\n"
    assert (workspace.root / "text/slug.py").read_text() == merged
    assert git(workspace.root, "status", "--porcelain") == ""


def test_a_conflict_names_the_files_and_touches_nothing(workspace):
    finish(begin(workspace, make_task()), WORK)
    head = commit_files(workspace.root, {"text/slug.py": "def other():\n    pass\n"})
    with pytest.raises(GitError, match=r"conflicts.*main.*text/slug\.py"):
        prepare(workspace, TASK)
    assert workspace.repo.head() == head and git(workspace.root, "status", "--porcelain") == ""


def test_a_branch_that_moves_between_the_two_calls_is_not_overwritten(workspace):
    finish(begin(workspace, make_task()), WORK)
    landing = prepare(workspace, TASK)
    head = commit_files(workspace.root, {"o.py": "1\n"})
    with pytest.raises(RefMoved):
        land(landing, NOW)
    assert workspace.repo.head() == head


def test_a_branch_that_moves_in_the_last_moment_gets_its_files_back(workspace):
    finish(begin(workspace, make_task()), WORK)
    landing = prepare(workspace, TASK)
    repo = workspace.repo
    rival = repo.commit(repo.tree_oid(landing.head), [landing.head], "rival", Signature("a", "b", 1))
    refs = repo._checkout._refs
    swap = refs.swap

    def late(updates, message):
        assert swap([RefUpdate("refs/heads/main", rival, landing.head)])
        return swap(updates, message)

    refs.swap = late
    with pytest.raises(RefMoved, match="moved by somebody else"):
        land(landing, NOW)
    assert repo.head() == rival and git(workspace.root, "status", "--porcelain") == ""


@pytest.mark.parametrize("stop", ["_stage", "swap"])
def test_an_acceptance_killed_half_way_is_simply_done_again(workspace, stop):
    """Killed after the files, or after files and index: what is there already equals what is wanted."""
    finish(begin(workspace, make_task()), WORK)
    landing, checkout = prepare(workspace, TASK), workspace.repo._checkout

    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkout if stop == "_stage" else checkout._refs, stop, die)
        with pytest.raises(Killed):
            land(landing, NOW)
    assert (workspace.root / "text/new ü.py").exists() and git(workspace.root, "status", "--porcelain") != ""
    fresh = Workspace.open(workspace.root)
    oid = land(prepare(fresh, TASK), NOW)
    assert fresh.repo.head() == oid and git(workspace.root, "status", "--porcelain") == ""


def test_files_become_folders_and_back(workspace):
    commit_files(workspace.root, {"a": "file\n", "b/c/d": "deep\n", "b/c/e": "deep\n"})
    run = finish(
        begin(workspace, make_task()), {"a": None, "a/x": "1\n", "b/c/d": None, "b/c/e": None, "b/c": "flat\n"}
    )
    assert paths(run) == ["a", "a/x", "b/c", "b/c/d", "b/c/e"]
    _accept(workspace)
    assert (workspace.root / "a/x").read_text() == "1\n" and (workspace.root / "b/c").read_text() == "flat\n"
    assert git(workspace.root, "status", "--porcelain") == ""


def test_a_deleted_last_file_takes_its_folder_along_but_no_more(workspace):
    commit_files(workspace.root, {"p/q/r.txt": "1\n", "p/keep.txt": "1\n"})
    finish(begin(workspace, make_task()), {"p/q/r.txt": None})
    _accept(workspace)
    assert not (workspace.root / "p/q").exists() and (workspace.root / "p/keep.txt").exists()


def test_modes_arrive(workspace):
    run = begin(workspace, make_task())
    finish(run, {}, settle=False)
    changes = {"run.sh": FileChange(b"#!/bin/sh\n", 0o100755)}
    repo = workspace.repo
    oid = repo.commit(repo.edit_tree(run.tip, changes), [run.tip], "x", Signature("a", "b", 1))
    assert repo.swap([RefUpdate(run.ref, oid, run.tip)])
    _accept(workspace)
    root = workspace.root
    assert os.access(root / "run.sh", os.X_OK)
    assert git(root, "status", "--porcelain") == ""


def test_detached_head_merge_and_rebase_are_refused(workspace):
    finish(begin(workspace, make_task()), WORK)
    root = workspace.root
    (root / ".git" / "MERGE_HEAD").write_text(git(root, "rev-parse", "HEAD"))
    with pytest.raises(GitError, match="merge is going on"):
        prepare(workspace, TASK)
    (root / ".git" / "MERGE_HEAD").unlink()
    git(root, "checkout", "-q", "--detach")
    with pytest.raises(GitError, match="detached"):
        prepare(workspace, TASK)


def test_accept_into_the_branch_of_a_linked_worktree_from_a_subfolder(workspace, tmp_path):
    finish(begin(workspace, make_task()), WORK)
    side = tmp_path / "side"
    git(workspace.root, "worktree", "add", "-q", "-b", "side", str(side))
    main = git(workspace.root, "rev-parse", "main")
    oid = _accept(Workspace.open(side / "text"))
    assert git(side, "rev-parse", "side") == oid and git(side, "status", "--porcelain") == ""
    assert git(workspace.root, "rev-parse", "main") == main and git(workspace.root, "status", "--porcelain") == ""


def test_the_persons_hooks_do_not_run(workspace):
    finish(begin(workspace, make_task()), WORK)
    for name in ("pre-commit", "post-commit", "commit-msg", "post-index-change", "post-checkout"):
        hook = workspace.root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {workspace.root}/ran-{name}\n")
        hook.chmod(0o755)
    _accept(workspace)
    assert git(workspace.root, "status", "--porcelain") == ""


def test_a_person_git_does_not_know_is_told_how(workspace, monkeypatch):
    finish(begin(workspace, make_task()), WORK)
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(workspace.root / "nowhere"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(workspace.root / "nowhere"))
    with pytest.raises(GitError, match=r"git config --global user\.name"):
        _accept(workspace)
    assert git(workspace.root, "status", "--porcelain") == ""
    assert land(prepare(workspace, TASK), NOW, person=("Bob", "bob@example.org"))


def test_review_branch_is_the_deliverable_alone(workspace):
    run = finish(begin(workspace, make_task()), WORK)
    oid = publish(workspace, TASK, NOW)
    repo = workspace.repo
    assert repo.ref(review_ref(TASK)) == oid and repo.commit_info(oid).parents == (run.state.base,)
    assert repo.changed(run.state.base, oid) == paths(run)
    assert publish(workspace, TASK, NOW + 50) == oid
    git(workspace.root, "merge", "-q", "--no-ff", "-m", "by a pull request", f"frmo/review/{TASK}")
    with pytest.raises(UsageFault, match="accepted already"):
        prepare(workspace, TASK)


def test_review_branch_follows_another_run(workspace):
    finish(begin(workspace, make_task()), {"a": "1"})
    first = publish(workspace, TASK, NOW)
    finish(begin(workspace, make_task(), run=2), {"a": "2"})
    second = publish(workspace, TASK, NOW)
    assert first != second and workspace.repo.read(second, "a") == b"2"


def test_decisions_reach_the_ledger(workspace):
    finish(begin(workspace, make_task()), WORK)
    decide(workspace, TASK, "rejected", why="wrong place", now=NOW)
    assert Ledger(workspace).find(TASK).review() == {
        "decision": "rejected", "why": "wrong place", "by": "Ada ada@example.org", "at": NOW,
    }  # fmt: skip


def test_a_step_note_does_not_forge_trailers(workspace):
    run = begin(workspace, make_task(title="x\n\nFrmo-Source: " + "1" * 40))
    finish(run, WORK)
    _accept(workspace)
    assert git(workspace.root, "log", "-1", "--format=%(trailers:key=Frmo-Source,valueonly)").split() == [run.tip]
    assert StepNote("x", "y", NOW).details == {}
