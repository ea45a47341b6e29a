import json
from dataclasses import replace

import pytest
from support.repositories import git
from support.runs import NOW, begin, error_record, finish, make_task, make_workspace

from frmo.errors import GitError, LeaseLost, RefMoved
from frmo.model.names import archive_ref, lease_ref, task_ref
from frmo.model.state import State, moved
from frmo.model.trailers import read_trailers
from frmo.repo.repository import FileChange, RefUpdate, Repository
from frmo.store.leases import Leases, holder_here
from frmo.store.runs import StepNote, TaskRun, archived, runs, task_ids


@pytest.fixture(params=["", ".frmo/"])
def workspace(tmp_path, request):
    return make_workspace(tmp_path / "work", prefix=request.param)


def test_a_run_is_one_commit_per_step_and_reads_back(workspace):
    root, prefix = workspace.root, workspace.prefix
    task = make_task(files=["text/*.py"])
    head = workspace.repo.head()
    run = finish(begin(workspace, task), {"text/slug.py": "new\n"}, State.FAILED)
    branch = f"frmo/task/{task.id}"
    subjects = git(root, "log", "--format=%s|%an|%ae", f"main..{branch}").splitlines()
    assert subjects == [
        "frmo(settle): failed|frmo worker|frmo@localhost",
        "frmo(validate): level 3|frmo worker|frmo@localhost",
        "frmo(execute): work|frmo executor|frmo@localhost",
        "frmo(accept): Do slugify|frmo worker|frmo@localhost",
    ]
    place = f"{prefix}state/runs/2023-11-14/{run.place.facts.split('/')[-3]}/{task.id}/1"
    changed = git(root, "diff", "--name-only", "main", branch).splitlines()
    assert sorted(changed) == sorted([
        f"{place.replace('state/runs', 'logs/errors')}/01.json", f"{place}/state.json",
        f"{place}/steps/01-accept.json", f"{place}/steps/02-execute.json", f"{place}/steps/03-validate.json",
        f"{place}/steps/04-settle.json", f"{place}/task.yaml", f"{place}/transcripts/02.json",
        f"{place}/validation/03.json", "text/slug.py",
    ])  # fmt: skip
    again = TaskRun.load(workspace, task.id)
    assert (again.state, again.tip, again.place) == (run.state, run.tip, run.place)
    assert again.state.base == head and again.state.state is State.FAILED
    record = again.recorded
    assert record.accepted() == task
    assert record.raw("task.yaml") == b"title: x\n"
    assert record.facts("validation") == {"03.json": {"ok": True}}
    assert sorted(record.facts("steps")) == ["01-accept.json", "02-execute.json", "03-validate.json", "04-settle.json"]
    assert record.fact("checklist.json") is None
    assert record.errors() == [error_record(run, 1)]
    trailers = read_trailers(git(root, "log", "-1", "--format=%B", f"{branch}~2"))
    assert trailers["Frmo-Task"] == [task.id] and trailers["Frmo-Tokens"] == ["10/5/0"]
    assert trailers["Frmo-Protocol"] == ["executor@0123abc"] and trailers["skip-checks"] == ["true"]
    assert git(root, "status", "--porcelain") == "" and git(root, "rev-parse", "HEAD") == head
    assert git(root, "fsck", "--strict") == ""


def test_every_file_is_canonical_json(workspace):
    run = finish(begin(workspace, make_task()), {"x": "y"})
    for item in workspace.repo.entries(run.tip, run.place.facts):
        content = workspace.repo.blob(item.oid)
        if item.path.endswith(".json"):
            text = json.dumps(json.loads(content), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
            assert content == text.encode()


def test_two_handles_can_not_both_move_a_run(workspace):
    begin(workspace, make_task())
    one, two = TaskRun.load(workspace, make_task().id), TaskRun.load(workspace, make_task().id)
    one.record(StepNote("plan", "a", NOW), moved(one.state, State.EXECUTING, step=2))
    before = two.state
    with pytest.raises(RefMoved):
        two.record(StepNote("plan", "b", NOW), moved(two.state, State.EXECUTING, step=2))
    assert two.state == before
    two.refresh()
    assert (two.tip, two.state) == (one.tip, one.state)


def test_a_lost_lease_stops_the_next_commit(workspace):
    task = make_task()
    leases = Leases(workspace.repo, holder_here("w1"))
    held = leases.claim(task.id, NOW, 60)
    run = begin(workspace, task, lease=held)
    held.renew(NOW + 30, 60)
    run.record(StepNote("plan", "ours", NOW), moved(run.state, State.EXECUTING, step=2))
    other = Leases(workspace.repo, holder_here("w2")).take_over(leases.find(task.id), NOW + 1000, 60)
    assert other
    tip = run.tip
    with pytest.raises(LeaseLost):
        run.record(StepNote("execute", "late", NOW), moved(run.state, State.VALIDATING, step=3))
    assert workspace.repo.ref(task_ref(task.id)) == tip
    assert workspace.repo.swap([RefUpdate(lease_ref(task.id), None, other.oid)])
    with pytest.raises(LeaseLost):
        run.record(StepNote("execute", "later", NOW), moved(run.state, State.VALIDATING, step=3))


def test_accept_twice_is_refused_and_another_run_archives_the_first(workspace):
    task = make_task()
    first = finish(begin(workspace, task), {"a": "1"})
    with pytest.raises(RefMoved, match="begun already"):
        begin(workspace, task)
    second = begin(workspace, task, run=2, now=NOW + 86400 * 40)
    assert workspace.repo.ref(archive_ref(task.id, 1)) == first.tip
    assert second.place.date == "2023-12-24" and second.run == 2
    assert archived(workspace, task.id, 1).state == first.state
    assert TaskRun.load(workspace, task.id).run == 2


def test_an_archive_interrupted_half_way_is_finished(workspace):
    task = make_task()
    first = finish(begin(workspace, task), {"a": "1"})
    assert workspace.repo.swap([RefUpdate(archive_ref(task.id, 1), first.tip, None)])
    assert begin(workspace, task, run=2).run == 2


def test_two_workers_accepting_one_task_make_one_run(workspace):
    task = make_task()
    tips = []
    original = Repository.swap

    def late(self, updates, *rest):
        if not tips:
            tips.append("racing")
            tips.append(begin(workspace, task).tip)
        return original(self, updates, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Repository, "swap", late)
        with pytest.raises(RefMoved):
            begin(workspace, task)
    assert workspace.repo.ref(task_ref(task.id)) == tips[1]


def test_bookkeeping_and_skipped_versions_are_bugs(workspace):
    run = begin(workspace, make_task())
    with pytest.raises(ValueError, match="frmo's own"):
        run.record(
            StepNote("x", "x", NOW),
            moved(run.state, State.EXECUTING, step=2),
            files={f"{workspace.prefix}state/runs/x": FileChange(b"")},
        )
    with pytest.raises(ValueError, match="can't follow"):
        run.record(StepNote("x", "x", NOW), replace(run.state, version=7))


def test_runs_are_listed_and_a_foreign_branch_is_named(workspace):
    tasks = [make_task("t", number) for number in range(3)]
    for task in reversed(tasks):
        begin(workspace, task)
    git(workspace.root, "branch", "frmo/task/foreign-00000000", "main")
    git(workspace.root, "branch", "frmo/task/not_an_id", "main")
    assert task_ids(workspace) == ["foreign-00000000", *[task.id for task in tasks]]
    assert [run.task for run in runs(workspace)] == [task.id for task in tasks]
    with pytest.raises(GitError, match="holds no run"):
        TaskRun.load(workspace, "foreign-00000000")
    assert TaskRun.load(workspace, "nobody-00000000") is None


def test_works_beside_a_dirty_checkout_a_linked_worktree_and_packed_refs(workspace, tmp_path):
    root = workspace.root
    (root / "README.md").write_text("unsaved\n")
    (root / "new file.txt").write_text("untracked\n")
    git(root, "add", "README.md")
    (root / "README.md").write_text("unsaved again\n")
    git(root, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    before = git(root, "status", "--porcelain"), (root / ".git" / "index").read_bytes()
    run = begin(type(workspace).open(tmp_path / "side"), make_task())
    git(root, "pack-refs", "--all")
    here = TaskRun.load(workspace, run.task)
    finish(here, {"weird ü/-name*.txt": "w", "text/slug.py": None})
    assert (git(root, "status", "--porcelain"), (root / ".git" / "index").read_bytes()) == before
    assert git(tmp_path / "side", "status", "--porcelain") == ""
