import os
import secrets
import subprocess
import sys

import pytest

from frmo.sandbox.tree import DescendantTree, held_bytes, read, resident_bytes, thread_count

FAMILY = (
    "import os, sys, threading, time\n"
    "data = b'x' * (20 << 20)\n"
    "if os.fork() == 0: os.setsid()\n"
    "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    "os.write(1, b'.'); time.sleep(60)"
)


@pytest.fixture
def family():
    """Two processes that share 20 MiB, each with two threads, the second in a session of its own."""
    mark = secrets.token_hex(8)
    proc = os.open("/proc", os.O_RDONLY)
    command = [sys.executable, "-I", "-S", "-c", FAMILY, mark]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert len(process.stdout.read(1) + process.stdout.read(1)) == 2
        tree = DescendantTree(proc, process.pid)
        yield tree
        for pid in tree.pids():
            os.kill(int(pid), 9)
    os.close(proc)


def test_children_are_found_in_other_sessions(family):
    assert len(family.pids()) == 2
    assert thread_count(family, family.pids()) == 4


def test_shared_memory_counts_once_in_the_exact_sum(family):
    pids = family.pids()
    resident, own = resident_bytes(family, pids)
    held = held_bytes(family, pids, 1 << 40)
    assert resident > 40 << 20
    assert sum(own.values()) > 40 << 20
    assert 20 << 20 < held < 36 << 20


def test_the_exact_sum_stops_when_it_is_enough(family):
    pids = family.pids()
    assert 1 << 20 < held_bytes(family, pids, 1 << 20) < held_bytes(family, pids, 1 << 40)


def test_what_is_gone_counts_nothing(family):
    assert resident_bytes(family, ["999999999"]) == (0, {})
    assert held_bytes(family, ["999999999"], 1) == 0
    assert thread_count(family, ["999999999"]) == 0
    assert read(family.proc_fd, "999999999/stat") == b""
