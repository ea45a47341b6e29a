import os
from pathlib import Path

import pytest
from support.repositories import git, make_repository

from frmo.errors import GitError
from frmo.repo.repository import FileChange, RefUpdate, Repository, Signature, set_durability

BRANCH = "refs/heads/frmo/task/a-00000000"


@pytest.fixture
def repo(tmp_path):
    yield Repository.discover(make_repository(tmp_path / "work"))
    set_durability("full")


@pytest.fixture
def synced(monkeypatch):
    """Paths that this process fsyncs, in order; the real call is made too."""
    seen, fsync = [], os.fsync

    def spy(descriptor):
        seen.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", spy)
    return seen


def _step(repo, number=0):
    tip = repo.ref(BRANCH)
    base = tip or repo.head()
    tree = repo.edit_tree(base, {f"d/e/{number}.txt": FileChange(str(number).encode()), "x": FileChange(b"x")})
    oid = repo.commit(tree, [base], "step", Signature("a", "b", 1))
    return RefUpdate(BRANCH, oid, tip)


def test_no_ref_points_to_an_object_that_is_not_on_the_disk(repo, synced):
    update = _step(repo)
    assert synced == [], "writing objects waits for nothing"
    assert repo.swap([update])
    made = git(repo.root, "rev-list", "--objects", update.new, "^main").splitlines()
    objects = repo.git_dir / "objects"
    files = {objects / line[:2] / line[2:40] for line in made}
    assert len(files) == 6
    assert files <= set(synced) and {file.parent for file in files} | {objects} <= set(synced)


def test_what_is_safe_is_not_written_again(repo, synced):
    assert repo.swap([_step(repo)])
    synced.clear()
    assert repo.swap([RefUpdate(BRANCH, None, repo.ref(BRANCH))])
    assert synced == []


def test_an_object_that_one_thread_wrote_is_safe_before_another_points_to_it(repo, synced):
    update = _step(repo)
    import threading

    other = threading.Thread(target=repo.swap, args=([update],))
    other.start()
    other.join()
    assert repo.ref(BRANCH) == update.new and synced


def test_fast_leaves_it_to_the_system(repo, synced):
    set_durability("fast")
    fast = Repository.discover(repo.root)
    assert fast.swap([_step(fast)]) and synced == []
    with pytest.raises(ValueError, match="durability"):
        set_durability("medium")


def test_a_disk_that_refuses_moves_no_ref_and_one_retry_succeeds(repo, monkeypatch):
    update = _step(repo)
    fsync = os.fsync

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GitError, match="No space left"):
        repo.swap([update])
    assert repo.ref(BRANCH) is None
    seen = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: (seen.append(descriptor), fsync(descriptor)))
    assert repo.swap([update]) and len(seen) > 6


def test_an_object_that_was_packed_meanwhile_is_no_fault(repo):
    update = _step(repo)
    git(repo.root, "update-ref", "refs/frmo/keep", update.new)
    git(repo.root, "gc", "-q")
    assert repo.swap([update])
