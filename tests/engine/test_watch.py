"""`frmo watch` as a process: what is dropped, half-written, poisoned, edited and deleted while it runs."""

import shutil
import signal
import time

import pytest
from support.cli import frmo
from support.project import drop, executor, git, script
from support.workers import branches, settled, wait_until, worker

pytestmark = pytest.mark.sandbox
FILE = "```python\ndef f():\n    return 1\n```"


def easy(name, **more):
    return {"title": f"Write {name}", "files": [f"kit/{name}.py"], "validation": {"level": 1}, "swarm": "off", **more}


def watching(workspace, *replies, jobs="2"):
    return worker(workspace, "watch", "-j", jobs, "--agent", "scripted", "--script", script(workspace, *replies), "-v")


def ended(process, number=signal.SIGTERM):
    process.send_signal(number)
    began = time.monotonic()
    _, err = process.communicate(timeout=20)
    return err.decode(), time.monotonic() - began


def test_what_is_there_and_what_is_dropped_later_is_worked_on(workspace):
    drop(workspace, "first", easy("first"))
    with watching(workspace, executor(FILE)) as process:
        wait_until(lambda: len(settled(workspace)) == 1)
        drop(workspace, "second", easy("second"))
        staged = workspace / "later"
        staged.mkdir()
        drop(workspace, "third", easy("third"), inbox="later")
        staged.rename(workspace / "tasks" / "folder")
        wait_until(lambda: len(settled(workspace)) == 3)
        err, took = ended(process)
    assert process.returncode == 130, err
    assert took < 10
    assert git(workspace, "for-each-ref", "refs/frmo/leases") == ""
    assert sorted(settled(workspace)) == sorted(branches(workspace))


def test_a_half_written_file_is_waited_for(workspace):
    whole = b"title: Write slow\nfiles: [kit/slow.py]\nvalidation: {level: 1}\nswarm: 'off'\n"
    with watching(workspace, executor(FILE)) as process:
        with (workspace / "tasks" / "slow.yaml").open("wb") as file:
            file.write(whole[:18])  # a valid task already
            file.flush()
            drop(workspace, "other", easy("other"))
            wait_until(lambda: len(settled(workspace)) == 1)
            time.sleep(3.5)
            assert len(branches(workspace)) == 1
            file.write(whole[18:])
        wait_until(lambda: len(settled(workspace)) == 2)
        ended(process)
    (slow,) = (name for name in branches(workspace) if name.startswith("slow-"))
    assert git(workspace, "show", f"frmo/task/{slow}:kit/slow.py").startswith("def f")


def test_poison_is_told_once_and_blocks_nobody(workspace):
    (workspace / "tasks" / "bad.yaml").write_text("titel: x\n")
    drop(workspace, "late", easy("late", validation={"level": 3, "tests": "tests/nowhere.py"}))
    with watching(workspace, executor(FILE)) as process:
        drop(workspace, "good", easy("good"))
        wait_until(lambda: len(settled(workspace)) == 1)
        time.sleep(4)
        (workspace / "tasks" / "bad.yaml").write_text("title: Write bad\nfiles: [kit/bad.py]\nvalidation: {level: 1}\n")
        wait_until(lambda: len(settled(workspace)) == 2)
        err, _ = ended(process)
    assert err.count("titel") == 1, err
    assert err.count("not in the base commit") == 1, err


def test_an_edited_running_task_is_a_new_one_and_a_deleted_pending_one_is_gone(workspace):
    drop(workspace, "a", easy("a", priority=1))
    drop(workspace, "b", easy("b"))
    with watching(workspace, executor(FILE, delay_s=3, task="a-*"), executor(FILE), jobs="1") as process:
        wait_until(lambda: branches(workspace))
        drop(workspace, "a", easy("a", description="Better."))
        (workspace / "tasks" / "b.yaml").unlink()
        wait_until(lambda: len(settled(workspace)) == 2)
        ended(process)
    assert [name[:2] for name in branches(workspace)] == ["a-", "a-"]


def test_one_watcher_per_workspace_and_the_second_says_who_it_is(workspace):
    with watching(workspace, executor(FILE)) as process:
        place = workspace / ".git" / "frmo" / "watcher"
        wait_until(lambda: place.exists() and place.read_bytes())
        said = frmo("watch", at=workspace)
        assert said.code == 2
        assert f"pid {process.pid}" in said.err and "watches this workspace already" in said.err
        process.kill()
        process.wait()
        with watching(workspace, executor(FILE)) as other:
            drop(workspace, "first", easy("first"))
            wait_until(lambda: len(settled(workspace)) == 1)
            ended(other)


def test_hundreds_at_once_in_order_of_priority(workspace):
    aside = workspace / "aside"
    aside.mkdir()
    for number in range(12):
        drop(workspace, f"t{number:02}", easy(f"t{number:02}", priority=9 - number // 2), inbox="aside")
    for number in range(300):
        (aside / f"x{number}.yaml").write_text("title: [\n")
    with watching(workspace, executor(FILE), jobs="1") as process:
        place = workspace / ".git" / "frmo" / "watcher"
        wait_until(lambda: place.exists() and place.read_bytes())
        for path in aside.iterdir():
            shutil.move(path, workspace / "tasks" / path.name)
        wait_until(lambda: len(settled(workspace)) == 12)
        err, _ = ended(process)
    assert sum(".yaml" in line and line.startswith("frmo: tasks/x") for line in err.splitlines()) == 300
    order = [int(name[1:3]) for name in reversed(settled(workspace))]
    late = order[3:]  # the first were taken before the others had come
    assert late == sorted(late, key=lambda number: (9 - number // 2, number))


def test_ctrl_c_twice_ends_at_once(workspace):
    drop(workspace, "first", easy("first"))
    with watching(workspace, executor(FILE, delay_s=60)) as process:
        wait_until(lambda: branches(workspace))
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=10)
    assert process.returncode in (-signal.SIGINT, 130)
