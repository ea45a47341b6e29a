import contextlib
import fcntl
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from support.repositories import git, make_repository

from frmo.errors import GitError
from frmo.repo.repository import RefUpdate, Repository, Signature

WHO = Signature("frmo worker", "frmo@localhost", 1_700_000_000)
ONE, TWO = "refs/frmo/leases/one-00000000", "refs/frmo/leases/two-00000000"


@pytest.fixture
def root(tmp_path):
    return make_repository(tmp_path / "work")


@pytest.fixture
def repo(root):
    return Repository.discover(root)


def _commit(repo, message):
    return repo.commit(repo.tree_oid(repo.head()), [repo.head()], message, WHO)


def test_swap_is_all_or_nothing(repo):
    a, b = _commit(repo, "a"), _commit(repo, "b")
    assert repo.swap([RefUpdate(ONE, a, None)])
    assert not repo.swap([RefUpdate(TWO, b, None), RefUpdate(ONE, b, None)])
    assert (repo.ref(ONE), repo.ref(TWO)) == (a, None)
    assert repo.swap([RefUpdate(TWO, b, None), RefUpdate(ONE, a, a)])
    assert (repo.ref(ONE), repo.ref(TWO)) == (a, b)
    assert repo.swap([RefUpdate(ONE, None, a), RefUpdate(TWO, a, b)])
    assert (repo.ref(ONE), repo.ref(TWO)) == (None, a)
    assert not repo.swap([RefUpdate(TWO, None, b)])
    assert repo.swap([RefUpdate(ONE, None, None)])


def test_swap_names_a_missing_object_and_odd_refs(repo):
    with pytest.raises(GitError, match="no such object"):
        repo.swap([RefUpdate(ONE, "1" * 40, None)])
    for name in ("HEAD", "refs/frmo", "refs/frmo/../heads/x", "refs/heads/-x", "refs/heads/a.lock", "refs/heads/a b",
                 "refs/heads/x@{1}", "refs/frmo//x", "main", "refs/heads/.x", "refs/heads/x\n"):  # fmt: skip
        with pytest.raises(GitError, match="not a ref name"):
            repo.swap([RefUpdate(name, repo.head(), None)])


def _claim_all(root, names, barrier, results):
    repo = Repository.discover(Path(root))
    oid = repo.write_blob(str(os.getpid()).encode())
    barrier.wait()
    results.put([name for name in names if repo.swap([RefUpdate(name, oid, None)])])


def test_each_ref_is_created_once_by_racing_processes_also_while_refs_are_packed(root):
    names = [f"refs/frmo/leases/t{number}-00000000" for number in range(60)]
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(4), context.Queue()
    workers = [context.Process(target=_claim_all, args=(str(root), names, barrier, results)) for _ in range(4)]
    for worker in workers:
        worker.start()
    packing = threading.Event()

    def pack():
        while not packing.is_set():
            subprocess.run(["git", "-C", str(root), "pack-refs", "--all", "--prune"], check=False, capture_output=True)

    packer = threading.Thread(target=pack)
    packer.start()
    won = [name for _ in workers for name in results.get(timeout=60)]
    packing.set()
    for thread in (*workers, packer):
        thread.join()
    assert sorted(won) == sorted(names)


def test_a_hot_ref_starves_nobody(repo):
    assert repo.swap([RefUpdate(ONE, repo.head(), None)])
    made = []

    def work(number):
        for turn in range(5):

            def updates(turn=turn):
                tip = repo.ref(ONE)
                return [RefUpdate(ONE, repo.commit(repo.tree_oid(tip), [tip], f"{number} {turn}", WHO), tip)]

            made.append(repo.swap_with_retry(updates))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [True] * 60
    assert len({item.message for item in repo.history(repo.ref(ONE), stop=repo.head())}) == 60


def test_updates_may_find_that_nothing_is_to_do(repo):
    assert repo.swap_with_retry(lambda: None) is False


def test_a_lock_file_left_on_a_ref_of_ours_does_not_block(repo, root):
    (root / ".git" / "refs" / "frmo" / "leases").mkdir(parents=True)
    (root / ".git" / f"{ONE}.lock").write_text("")
    assert repo.swap([RefUpdate(ONE, repo.head(), None)])
    assert repo.ref(ONE) == repo.head()


def test_a_lock_file_on_a_persons_branch_is_left_alone(repo, root):
    left = root / ".git" / "refs" / "heads" / "main.lock"
    left.write_text("")
    with pytest.raises(GitError, match="main"):
        repo.swap([RefUpdate("refs/heads/main", _commit(repo, "x"), repo.head())], patience_s=1.5)
    assert left.exists()


def test_a_lock_file_on_a_persons_branch_goes_when_we_left_it_ourselves(repo, root):
    _killed_inside_a_swap(root)
    assert (root / ".git" / "refs" / "heads" / "main.lock").exists()
    new = _commit(repo, "x")
    assert repo.swap([RefUpdate("refs/heads/main", new, repo.head())])
    assert repo.head() == new


_DIES = """
    import os, signal, sys
    from pathlib import Path
    import pygit2
    from frmo.repo.repository import RefUpdate, Repository, Signature
    repo = Repository.discover(Path(sys.argv[1]))
    new = repo.commit(repo.tree_oid(repo.head()), [repo.head()], "lost", Signature("a", "b", 1))
    repo._refs.ref = lambda name: os.kill(os.getpid(), signal.SIGKILL)  # the first look under the lock
    repo.swap([RefUpdate("refs/heads/main", new, repo.head())])
"""


def _killed_inside_a_swap(root):
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(_DIES), str(root)], check=False)
    assert ended.returncode == -signal.SIGKILL


def test_a_living_holder_is_waited_for_not_robbed(repo, root):
    """A stopped process still has the kernel's lock: its ref is not taken away, and the message says who is in the way."""
    assert repo.swap([RefUpdate(ONE, repo.head(), None)])
    with contextlib.ExitStack() as stack:
        for shard in (root / ".git" / "frmo" / "locks").iterdir():
            file = stack.enter_context(shard.open("r+"))
            fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(GitError, match="Another frmo process"), repo._refs._locks.held([ONE], 0.2):
            raise AssertionError
    assert repo.swap([RefUpdate(ONE, None, repo.head())])


_WRITES = """
    import sys
    from pathlib import Path
    from frmo.repo.repository import FileChange, RefUpdate, Repository, Signature
    repo = Repository.discover(Path(sys.argv[1]))
    name, number = "refs/heads/frmo/task/t-00000000", 0
    while True:
        tip = repo.ref(name)
        base = tip or repo.head()
        tree = repo.edit_tree(base, {f"f/{number}": FileChange(str(number).encode())})
        oid = repo.commit(tree, [base], str(number), Signature("a", "b", 1))
        assert repo.swap([RefUpdate(name, oid, tip)])
        print(oid, flush=True)
        number += 1
"""


def test_killed_writers_lose_nothing_they_acknowledged(repo, root):
    name = "refs/heads/frmo/task/t-00000000"
    for turn in range(6):
        command = [sys.executable, "-c", textwrap.dedent(_WRITES), str(root)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        said = [writer.stdout.readline().strip()]
        time.sleep(0.003 * turn)
        writer.kill()
        said += writer.stdout.read().split("\n")
        writer.wait()
        writer.stdout.close()
        whole = [oid for oid in said if len(oid) == 40]
        tip = repo.ref(name)
        assert whole and repo.is_ancestor(whole[-1], tip)
        tree = repo.edit_tree(tip, {})
        assert repo.swap([RefUpdate(name, repo.commit(tree, [tip], "next", WHO), tip)])
    assert git(root, "fsck", "--strict", "--no-dangling") == ""


def test_only_refs_of_people_get_a_reflog(repo, root):
    new = _commit(repo, "x")
    assert repo.swap([RefUpdate("refs/heads/frmo/task/t-00000000", new, None)])
    assert repo.swap([RefUpdate("refs/heads/main", new, repo.head())], "moved")
    assert not (root / ".git" / "logs" / "refs" / "heads" / "frmo").exists()
    assert git(root, "reflog", "-1", "main").endswith("moved") and git(root, "reflog", "-1").endswith("moved")


def test_locks_of_two_refs_are_taken_in_one_order(repo):
    """Swaps of the same two refs in both orders, from many threads: nobody waits for somebody who waits for him."""
    assert repo.swap([RefUpdate(ONE, repo.head(), None), RefUpdate(TWO, repo.head(), None)])
    pairs = [(ONE, TWO), (TWO, ONE)] * 8
    done = []

    def work(pair):
        done.append(all(repo.swap([RefUpdate(name, repo.head(), repo.head()) for name in pair]) for _ in range(20)))

    threads = [threading.Thread(target=work, args=(pair,)) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [True] * 16


def test_a_forked_child_has_locks_of_its_own(repo):
    assert repo.swap([RefUpdate(ONE, repo.head(), None)])
    locks = repo._refs._locks
    with locks.held([ONE], 1):
        child = os.fork()
        if child == 0:  # the parent holds the lock: the child must not take it for its own
            try:
                with locks.held([ONE], 0.2):
                    os._exit(1)
            except GitError:
                os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
