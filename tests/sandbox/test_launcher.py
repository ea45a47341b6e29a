"""What becomes of programs when the thread that asked for them, or the whole worker, is gone."""

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from frmo.sandbox.launcher import Launcher
from tests.support.sandboxes import alive, python, sandbox

pytestmark = pytest.mark.sandbox

WORKER = """
import sys
from tests.support.sandboxes import python, sandbox
box = sandbox("full")
code = "import os, time\\nprint('here', flush=True)\\nif os.fork() == 0:\\n  os.setsid(); os.fork()\\ntime.sleep(60)"
running = [box.start(python(code, sys.argv[1])) for _ in range(3)]
assert all(one.receive(20) == b"here" for one in running)
print("ready", flush=True)
running[0].receive(60)
"""


def test_a_program_outlives_the_thread_that_asked_for_it():
    found = []
    thread = threading.Thread(
        target=lambda: found.append(sandbox().start(python("import sys; print(sys.stdin.readline())")))
    )
    thread.start()
    thread.join()
    time.sleep(0.1)  # the parent-death signal would have come by now
    assert found[0].send(b"still here")
    assert found[0].receive(10) == b"still here"
    assert found[0].wait().ok


def test_a_failing_start_is_told_to_the_one_who_asked():
    launcher = Launcher()
    with pytest.raises(FileNotFoundError):
        launcher.start(["/no/such/program"], env={}, pass_fds=())
    with launcher.start(["/bin/true"], env={}, pass_fds=()) as process:
        assert process.wait() == 0


def test_many_threads_start_programs_at_once():
    results = []
    threads = [threading.Thread(target=lambda: results.append(sandbox().run(python("print('x')")))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [ended.stdout for ended in results] == [b"x\n"] * 8


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_killed_worker(sign):
    mark = f"mark-{secrets.token_hex(8)}"
    env = {"PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", WORKER, mark]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, cwd=Path(__file__).parents[2]) as worker:
        assert worker.stdout.readline() == b"ready\n"
        assert len(alive(mark)) > 3
        worker.send_signal(sign)
        worker.wait()
    until = time.monotonic() + 10
    while alive(mark) and time.monotonic() < until:
        time.sleep(0.02)
    assert alive(mark) == []
