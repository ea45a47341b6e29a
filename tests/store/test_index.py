from support.runs import begin, finish, make_task, make_workspace

from frmo.store.index import Index

DAY = 86_400.0


def test_the_latest_run_of_every_task_and_the_tips(tmp_path):
    workspace = make_workspace(tmp_path)
    one, two = make_task("one", 1), make_task("two", 2)
    finish(begin(workspace, one), {"a.txt": "1"})
    again = finish(begin(workspace, one, run=2, now=1_700_000_000.0 + DAY), {"a.txt": "2"})
    open_run = begin(workspace, two)
    index = Index(workspace)
    settled = index.settled()
    assert {task: (kept.record.run, kept.record.place.date) for task, kept in settled.items()} == {
        one.id: (2, "2023-11-15")
    }
    assert settled[one.id].record.state == again.state
    assert index.branches() == {one.id: again.tip, two.id: open_run.tip}
    assert index.holds(again.tip, settled[one.id])
    assert not index.holds(open_run.tip, settled[one.id])


def test_it_sees_what_settles_between_two_looks(tmp_path):
    workspace = make_workspace(tmp_path, prefix=".frmo/")
    index = Index(workspace)
    assert index.settled() == {} and index.branches() == {}
    tasks = [make_task(f"t{number}", number) for number in range(3)]
    for count, task in enumerate(tasks, 1):
        finish(begin(workspace, task), {"a.txt": task.id})
        assert sorted(index.settled()) == sorted(task.id for task in tasks[:count])


def test_a_run_that_settled_but_is_not_in_the_ledger_is_not_settled(tmp_path):
    workspace = make_workspace(tmp_path)
    task = make_task()
    run = finish(begin(workspace, task), {"a.txt": "1"}, settle=False)
    assert Index(workspace).settled() == {}
    finish(begin(workspace, make_task("other", 9)), {"b.txt": "1"})
    assert task.id not in Index(workspace).settled()
    assert Index(workspace).branches()[task.id] == run.tip
