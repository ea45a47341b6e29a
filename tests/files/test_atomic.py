"""Atomic writes: whole or not at all, and never over a person's file when exclusive."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from frmo.files import atomic


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_write_replaces_and_leaves_nothing_behind(tmp_path):
    atomic.write(tmp_path / "a", b"1")
    atomic.write(tmp_path / "a", b"2")
    assert (tmp_path / "a").read_bytes() == b"2"
    assert names(tmp_path) == ["a"]


def test_exclusive_never_overwrites(tmp_path):
    (tmp_path / "a").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        atomic.write(tmp_path / "a", b"2", exclusive=True)
    assert (tmp_path / "a").read_bytes() == b"mine"
    assert names(tmp_path) == ["a"]


def test_of_many_exclusive_writers_one_wins(tmp_path):
    def attempt(number):
        try:
            atomic.write(tmp_path / "a", b"%d" % number, exclusive=True)
        except FileExistsError:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(attempt, range(40)) if number is not None]
    assert len(winners) == 1
    assert (tmp_path / "a").read_bytes() == b"%d" % winners[0]
    assert names(tmp_path) == ["a"]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(IsADirectoryError):
        atomic.write(tmp_path / "a", b"x")
    assert names(tmp_path) == ["a"]
