import os
import tempfile

import pytest

from frmo.sandbox.memory import MemoryGauge
from frmo.sandbox.tree import DescendantTree, held_bytes

MIB = 1 << 20


@pytest.fixture
def ourselves():
    proc = os.open("/proc", os.O_RDONLY)
    yield DescendantTree(proc, os.getpid()), [str(os.getpid())]
    os.close(proc)


def test_far_from_the_limit_nothing_is_over(ourselves):
    tree, pids = ourselves
    gauge = MemoryGauge(tree, (), 1 << 40)
    assert not gauge.over(pids)


def test_growth_between_two_looks_is_seen(ourselves):
    tree, pids = ourselves
    gauge = MemoryGauge(tree, (), held_bytes(tree, pids, 1 << 40) + 60 * MIB)
    assert not gauge.over(pids)
    taken = b"x" * (100 * MIB)
    assert gauge.over(pids)
    assert len(taken) == 100 * MIB


def test_it_asks_to_be_looked_at_before_the_limit_is_reached(ourselves):
    tree, pids = ourselves
    gauge = MemoryGauge(tree, (), held_bytes(tree, pids, 1 << 40) + 400 * MIB)
    gauge.over(pids)
    taken = b"x" * (100 * MIB)
    gauge.over(pids)
    assert gauge.due_s < 60
    gauge.over(pids)
    del taken
    gauge.over(pids)
    assert gauge.due_s == float("inf")


def test_files_kept_in_memory_count(ourselves):
    tree, pids = ourselves
    gauge = MemoryGauge(tree, (), held_bytes(tree, pids, 1 << 40) + 60 * MIB)
    if not os.path.ismount("/dev/shm"):
        pytest.skip("no file system in memory here")
    with tempfile.TemporaryFile(dir="/dev/shm") as file:
        scratch = MemoryGauge(tree, (file.fileno(),), held_bytes(tree, pids, 1 << 40) + 60 * MIB)
        file.write(b"x" * (100 * MIB))
        file.flush()
        assert scratch.over(pids)
    assert not gauge.over(pids)
