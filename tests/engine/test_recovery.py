"""What a start puts in order, and a task that kills its worker again and again."""

import signal
import tempfile
from pathlib import Path

import pytest
from support.cli import frmo
from support.project import drop, executor, git, script
from support.runs import begin, finish, make_task, make_workspace
from support.workers import branches, settled, wait_until, worker

from frmo.engine.recovery import recover, working_folder
from frmo.model.lease import Holder
from frmo.store.leases import Leases, holder_here

TASK = {"title": "Write f", "files": ["kit/f.py"], "validation": {"level": 1}, "swarm": "off"}
FILE = "```python\ndef f():\n    return 1\n```"
NOW = 1_700_000_000.0


def dead():
    here = holder_here("dead")
    return Holder("dead", here.host, here.boot, here.pid_namespace, 4_194_000, 1)


def test_leases_of_the_dead_on_finished_tasks_are_removed_others_kept(tmp_path):
    workspace = make_workspace(tmp_path)
    done, going, held = (make_task(name, number) for number, name in enumerate(("done", "going", "held")))
    for task in (done, going):
        assert Leases(workspace.repo, dead()).claim(task.id, NOW, 3600)
    assert Leases(workspace.repo, holder_here("me")).claim(held.id, NOW, 3600)
    finish(begin(workspace, done), {"a.txt": "1"})
    found = recover(workspace, [done.id, held.id], NOW, tmp_path)
    assert found.leases == (done.id,)
    names = git(tmp_path, "for-each-ref", "--format=%(refname:lstrip=3)", "refs/frmo/leases").split()
    assert names == sorted([going.id, held.id])


def test_working_folders_of_the_dead_are_removed_ours_kept(tmp_path):
    workspace = make_workspace(tmp_path / "repo")
    with working_folder(tmp_path) as ours:
        kind, namespace, _, _, _ = Path(ours).name.split("-")
        orphan = tmp_path / f"{kind}-{namespace}-4194000-1-abc"
        foreign = tmp_path / f"{kind}-1{namespace}-4194000-1-abc"
        for folder in (orphan, foreign, tmp_path / "frmo-of-somebody-else-x"):
            folder.mkdir()
            (folder / "file").write_text("x")
        assert recover(workspace, [], NOW, tmp_path).folders == (orphan.name,)
        assert not orphan.exists() and foreign.exists() and Path(ours).exists()


@pytest.mark.sandbox
def test_a_task_whose_worker_dies_three_times_is_failed_with_the_reason(workspace):
    drop(workspace, "f", TASK)
    replies = ("--agent", "scripted", "--script", script(workspace, executor(FILE, delay_s=600)))
    for _ in range(3):
        with worker(workspace, "run", *replies) as process:
            # the plan is made by the first only; the next are to be killed while they hold the lease
            wait_until(lambda pid=process.pid: f'"pid": {pid}' in lease(workspace) and planned(workspace))
            process.send_signal(signal.SIGKILL)
            process.wait()
    said = frmo("run", *replies, "--json", at=workspace)
    (row,) = said.data["tasks"]
    assert (said.code, row["state"]) == (1, "failed")
    assert "its worker died 3 times" in row["reason"]
    assert settled(workspace) == branches(workspace)
    assert frmo("run", *replies, "--json", at=workspace).data["tasks"] == []


def test_one_that_makes_progress_is_not_given_up(tmp_path):
    workspace = make_workspace(tmp_path)
    task = make_task()
    for version in range(1, 8):
        lease = Leases(workspace.repo, dead(), alive=lambda holder: False).acquire(task.id, NOW, 3600, version)
        assert lease is not None and lease.lease.crashes == min(version - 1, 1)


def lease(workspace):
    names = git(workspace, "for-each-ref", "--format=%(objectname)", "refs/frmo/leases").split()
    return git(workspace, "cat-file", "-p", names[0], check=False) if names else ""


def planned(workspace):
    return any("frmo(plan)" in line for name in branches(workspace) for line in subjects(workspace, name))


def subjects(workspace, name):
    return git(workspace, "log", "--format=%s", f"frmo/task/{name}", "^main").splitlines()


def test_nothing_is_left_in_the_temporary_folder(tmp_path):
    with working_folder(tmp_path) as folder:
        assert Path(folder).parent == tmp_path
    assert list(tmp_path.iterdir()) == []
    assert tempfile.gettempdir()
