import multiprocessing
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.repositories import git, make_repository
from support.runs import NOW, begin, error_record, finish, make_task, make_workspace

from frmo.errors import GitError
from frmo.model.names import LEDGER
from frmo.model.state import State, Tokens
from frmo.store.ledger import Ledger
from frmo.store.runs import TaskRun
from frmo.store.workspace import Workspace


@pytest.fixture(params=["", ".frmo/"])
def workspace(tmp_path, request):
    return make_workspace(tmp_path / "work", prefix=request.param)


def test_nothing_settled_yet(workspace):
    ledger = Ledger(workspace)
    assert (ledger.tip(), ledger.find("slugify-00000000"), list(ledger.runs())) == (None, None, [])
    assert ledger.totals().runs == 0


def test_a_graft_has_two_parents_and_the_same_objects(workspace):
    run = finish(begin(workspace, make_task()), {"text/slug.py": "new\n"}, State.FAILED)
    repo, tip = workspace.repo, Ledger(workspace).tip()
    graft = repo.commit_info(tip)
    assert graft.parents[1] == run.tip and len(graft.parents) == 2
    for folder in (run.place.facts, run.place.errors):
        assert repo.entry(tip, folder).oid == repo.entry(run.tip, folder).oid
    assert all("slug.py" not in item.path for item in repo.entries(tip)), "bookkeeping only, no deliverable"
    record = Ledger(workspace).find(run.task)
    assert (record.state, record.errors()) == (run.state, [error_record(run, 1)])
    assert git(workspace.root, "fsck", "--strict") == ""


def test_the_same_run_is_grafted_once(workspace):
    run = finish(begin(workspace, make_task()), {"a": "1"})
    ledger = Ledger(workspace)
    tip = ledger.tip()
    assert ledger.graft(run, NOW + 99) == tip == ledger.tip()
    ledger.review(run.task, 1, "rejected", why="no", by="Ada", now=NOW)
    assert ledger.graft(run, NOW + 99) == ledger.tip()
    assert len(list(workspace.repo.history(ledger.tip()))) == 3


def test_runs_lookup_and_totals(workspace):
    finish(begin(workspace, make_task("one")), {"a": "1"})
    finish(begin(workspace, make_task("two"), now=NOW - 86400), {"b": "1"}, State.FAILED)
    finish(begin(workspace, make_task("one"), run=2, now=NOW + 86400), {"a": "2"})
    ledger = Ledger(workspace)
    assert [(item.task, item.run) for item in ledger.runs()] == [
        ("two-00000000", 1), ("one-00000000", 1), ("one-00000000", 2),
    ]  # fmt: skip
    assert [item.run for item in ledger.runs(since="2023-11-15")] == [2]
    assert ledger.find("one-00000000").run == 2 and ledger.find("one-00000000", 1).run == 1
    assert ledger.find("one-00000000", 3) is None
    totals = ledger.totals()
    assert (totals.runs, dict(totals.states)) == (3, {"complete": 2, "failed": 1})
    assert (totals.tokens, totals.cost_usd, totals.duration_s) == (Tokens(30, 15), 0.75, 6.0)
    costs = git(workspace.root, "log", LEDGER, "--format=%(trailers:key=Frmo-Cost,valueonly)").split()
    assert sum(map(float, costs)) == 0.75, "each call is counted once in the whole log"


def test_a_clone_of_the_ledger_alone_has_every_step(workspace, tmp_path):
    run = finish(begin(workspace, make_task()), {"text/slug.py": "new\n"})
    bare = tmp_path / "far.git"
    git(workspace.root, "push", "-q", str(make_bare(bare)), f"{LEDGER}:{LEDGER}")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--branch", "frmo/ledger", str(bare), str(clone))
    subjects = git(clone, "log", "--format=%s")
    for subject in (
        "frmo(accept): Do slugify",
        "frmo(execute): work",
        "frmo(validate): level 3",
        "frmo(settle): complete",
    ):
        assert subject in subjects
    assert git(clone, "show", f"{run.tip}:text/slug.py") == "new"


def make_bare(path):
    path.mkdir()
    git(path, "init", "-q", "--bare")
    return path


def test_reviews_are_remembered_and_the_last_word_counts(workspace):
    run = finish(begin(workspace, make_task()), {"a": "1"})
    ledger = Ledger(workspace)
    assert ledger.find(run.task).review() is None
    first = ledger.review(run.task, 1, "rejected", why="wrong\nFrmo-Task: forged", by="Ada", now=NOW)
    assert ledger.review(run.task, 1, "rejected", why="wrong\nFrmo-Task: forged", by="Ada", now=NOW + 5) == first
    ledger.review(run.task, 1, "accepted", why="", by="Ada", now=NOW + 9)
    assert ledger.find(run.task).review() == {"decision": "accepted", "why": "", "by": "Ada", "at": NOW + 9}
    forged = git(workspace.root, "log", LEDGER, "--format=%(trailers:key=Frmo-Task,valueonly)")
    assert "forged" not in forged
    with pytest.raises(GitError, match="not in the ledger"):
        ledger.review("nobody-00000000", 1, "rejected", why="", by="", now=NOW)
    with pytest.raises(ValueError, match="decision"):
        ledger.review(run.task, 1, "perhaps", why="", by="", now=NOW)


def test_ledgers_of_two_machines_join(workspace, tmp_path):
    shared = finish(begin(workspace, make_task("shared")), {"s": "1"})
    other_root = tmp_path / "other"
    shutil.copytree(workspace.root, other_root)
    other = Workspace.open(other_root)
    finish(begin(workspace, make_task("here")), {"a": "1"})
    finish(begin(other, make_task("there")), {"b": "1"}, State.FAILED)
    Ledger(other).review(shared.task, 1, "rejected", why="w", by="Bob", now=NOW)
    git(workspace.root, "fetch", "-q", str(other_root), LEDGER)
    theirs = git(workspace.root, "rev-parse", "FETCH_HEAD")
    ledger = Ledger(workspace)
    joined = ledger.join(theirs, NOW)
    assert [item.task for item in ledger.runs()] == ["here-00000000", "shared-00000000", "there-00000000"]
    assert ledger.find("shared-00000000").review()["by"] == "Bob"
    assert ledger.find("there-00000000").errors()
    assert ledger.join(theirs, NOW) == joined == ledger.tip()
    git(other_root, "fetch", "-q", str(workspace.root), LEDGER)
    assert Ledger(other).join(joined, NOW) == joined == Ledger(other).tip()


def test_a_first_ledger_can_be_taken_over_whole(workspace, tmp_path):
    finish(begin(workspace, make_task()), {"a": "1"})
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(workspace.root), str(clone))
    git(clone, "fetch", "-q", "origin", LEDGER)
    other = Ledger(Workspace.open(clone))
    assert other.join(git(clone, "rev-parse", "FETCH_HEAD"), NOW) == Ledger(workspace).tip() == other.tip()


def test_ledgers_begun_apart_share_their_first_commit(tmp_path):
    roots = []
    for name in ("one", "two"):
        workspace = make_workspace(tmp_path / name)
        finish(begin(workspace, make_task(name)), {"a": "1"})
        roots.append(list(workspace.repo.history(Ledger(workspace).tip()))[-1].oid)
    assert roots[0] == roots[1]


def _graft(root, numbers, barrier):
    workspace = Workspace.open(Path(root))
    barrier.wait()
    for number in numbers:
        Ledger(workspace).graft(TaskRun.load(workspace, make_task("t", number).id), NOW)


def test_processes_that_settle_at_once_lose_nothing(workspace):
    runs = [finish(begin(workspace, make_task("t", n)), {"a": "1"}, settle=False) for n in range(24)]
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(3)
    shares = [range(0, 12), range(6, 18), range(12, 24)]  # neighbours graft the same runs
    writers = [context.Process(target=_graft, args=(str(workspace.root), share, barrier)) for share in shares]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert [item.task for item in Ledger(workspace).runs()] == [run.task for run in runs]
    grafts = git(workspace.root, "log", "--first-parent", "--merges", "--format=%H", LEDGER).split()
    assert len(grafts) == 24


def test_a_run_that_is_not_there_is_not_grafted(workspace):
    run = finish(begin(workspace, make_task()), {"a": "1"}, settle=False)
    run.tip = workspace.repo.head()
    with pytest.raises(GitError, match="holds no run"):
        Ledger(workspace).graft(run, NOW)


def test_an_unrelated_repository_is_no_surprise(tmp_path):
    root = make_repository(
        tmp_path / "plain", {"state/config.yaml": "version: 1\n", "state/runs": "a file, not a folder\n"}
    )
    workspace = Workspace.open(root)
    assert list(Ledger(workspace).runs()) == []


def test_threads_that_settle_at_once_share_a_move(workspace):
    runs = [finish(begin(workspace, make_task("t", n)), {"a": "1"}, settle=False) for n in range(16)]
    with ThreadPoolExecutor(16) as pool:
        tips = list(pool.map(lambda run: Ledger(workspace).graft(run, NOW), [*runs, *runs]))
    assert [item.task for item in Ledger(workspace).runs()] == [run.task for run in runs]
    grafts = git(workspace.root, "log", "--first-parent", "--merges", "--format=%H", LEDGER).split()
    assert len(grafts) == 16
    assert Ledger(workspace).tip() in tips
    assert all(workspace.repo.is_ancestor(tip, grafts[0]) for tip in tips)
