import os
import time

import pytest

from frmo.sandbox.disk import DiskGauge, TooDeep, removed_bytes, usage
from frmo.sandbox.tree import DescendantTree, UnseenTree

KIB = 1024


@pytest.fixture
def folder(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


def fill(path, size):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)


def soon(question, patience_s=10.0):
    """True as soon as `question` is: a gauge paces its walks by what they cost, and a busy machine makes them dear."""
    end = time.monotonic() + patience_s
    while not question():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def test_usage_counts_allocated_bytes_and_entries(tmp_path, folder):
    fill(tmp_path / "a", 100 * KIB)
    fill(tmp_path / "b/c", 100 * KIB)
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    size, entries = usage(folder)
    assert entries == 4
    assert 200 * KIB <= size < 300 * KIB


def test_a_hard_link_counts_once_and_a_link_leads_nowhere(tmp_path, folder):
    fill(tmp_path / "a", 100 * KIB)
    os.link(tmp_path / "a", tmp_path / "again")
    (tmp_path / "link").symlink_to("/usr")
    size, entries = usage(folder)
    assert entries == 3
    assert size < 150 * KIB


def test_folders_beyond_sense(tmp_path, folder):
    place = tmp_path
    for _ in range(140):
        place /= "d"
    place.mkdir(parents=True)
    with pytest.raises(TooDeep):
        usage(folder)


def test_growth_is_what_counts(tmp_path):
    fill(tmp_path / "before", 500 * KIB)
    gauge = DiskGauge(tmp_path, UnseenTree(), 300 * KIB, 10)
    gauge.look_again_s = 0
    assert not gauge.over([])
    fill(tmp_path / "more", 200 * KIB)
    assert not gauge.over([])
    fill(tmp_path / "most", 200 * KIB)
    assert soon(lambda: gauge.over([]))
    gauge.close()


def test_entries_count_too(tmp_path):
    gauge = DiskGauge(tmp_path, UnseenTree(), 1 << 30, 10)
    gauge.look_again_s = 0
    for number in range(11):
        (tmp_path / str(number)).mkdir()
    assert soon(lambda: gauge.over([]))
    gauge.close()


def test_files_without_a_name_are_found_by_their_descriptors(tmp_path):
    proc = os.open("/proc", os.O_RDONLY)
    tree = DescendantTree(proc, os.getpid())
    with (tmp_path / "gone").open("wb") as file:
        (tmp_path / "gone").unlink()
        file.write(b"x" * 300 * KIB)
        file.flush()
        os.fsync(file.fileno())
        assert removed_bytes(tree, [str(os.getpid())], tmp_path.stat().st_dev) >= 300 * KIB
    os.close(proc)
