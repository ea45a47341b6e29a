import multiprocessing
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support.repositories import git, make_repository

from frmo.errors import LeaseLost
from frmo.model.names import lease_ref
from frmo.repo.repository import Repository
from frmo.store.leases import Leases, all_claims, holder_here, is_alive

NOW = 1_700_000_000.0
TASK = "slugify-00000000"


@pytest.fixture
def repo(tmp_path):
    return Repository.discover(make_repository(tmp_path / "work"))


@pytest.fixture
def leases(repo):
    return Leases(repo, holder_here("w1"))


def test_claim_renew_release(repo, leases):
    held = leases.claim(TASK, NOW, 60, version=3)
    assert (held.lease.fencing, held.lease.crashes, held.lease.version, held.lease.expires) == (1, 0, 3, NOW + 60)
    assert leases.claim(TASK, NOW, 60) is None
    assert leases.acquire(TASK, NOW, 60) is None
    assert leases.find(TASK).lease == held.lease
    held.renew(NOW + 30, 60, version=5)
    assert (leases.find(TASK).lease.expires, leases.find(TASK).lease.version) == (NOW + 90, 5)
    assert [claim.lease.task for claim in all_claims(repo)] == [TASK]
    assert held.release() and leases.find(TASK) is None
    assert not held.release()
    with pytest.raises(LeaseLost):
        held.renew(NOW, 60)


def test_a_lease_is_data_that_people_can_read(repo, leases):
    held = leases.claim(TASK, NOW, 60)
    shown = git(repo.root, "cat-file", "-p", lease_ref(TASK))
    assert '"worker": "w1"' in shown and held.lease.nonce in shown


def test_two_claims_differ_even_when_all_else_is_equal(leases):
    one, two = leases.claim(TASK, NOW, 60), leases.claim("other-00000000", NOW, 60)
    assert one.lease.nonce != two.lease.nonce


def test_taken_over_when_expired_not_before_and_the_late_one_is_fenced(repo, leases):
    old = leases.claim(TASK, NOW, 60, version=2)
    other = Leases(repo, holder_here("w2"))
    assert other.acquire(TASK, NOW + 59, 60, version=2) is None
    new = other.acquire(TASK, NOW + 60, 60, version=2)
    assert (new.lease.fencing, new.lease.crashes, new.lease.holder.worker) == (2, 1, "w2")
    with pytest.raises(LeaseLost):
        old.renew(NOW + 61, 60)
    assert not old.release() and leases.find(TASK).oid == new.oid
    third = leases.acquire(TASK, NOW + 200, 60, version=2)
    assert (third.lease.fencing, third.lease.crashes) == (3, 2)
    assert leases.take_over(leases.find(TASK), NOW + 9000, 60, version=7).lease.crashes == 1


def test_progress_forgets_crashes(repo, leases):
    leases.claim(TASK, NOW, 1, version=2)
    held = leases.acquire(TASK, NOW + 5, 60, version=2)
    held.renew(NOW + 6, 60, version=2)
    assert held.lease.crashes == 1
    held.renew(NOW + 7, 60, version=3)
    assert held.lease.crashes == 0


_CLAIMS = """
    import sys
    from pathlib import Path
    from frmo.repo.repository import Repository
    from frmo.store.leases import Leases, holder_here
    assert Leases(Repository.discover(Path(sys.argv[1])), holder_here("dead")).claim(sys.argv[2], 1_700_000_000, 3600)
    print("claimed", flush=True)
    sys.stdin.read()
"""


def test_the_lease_of_a_killed_process_is_taken_at_once_that_of_a_living_one_is_not(repo, leases):
    source = "\n".join(line.strip() for line in _CLAIMS.strip().splitlines())
    command = [sys.executable, "-c", source, str(repo.root), TASK]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "claimed\n"
        assert leases.acquire(TASK, NOW, 60) is None
        other.kill()
    taken = leases.acquire(TASK, NOW, 60)
    assert (taken.lease.fencing, taken.lease.crashes) == (2, 1)


def test_a_process_elsewhere_is_waited_for(repo, leases):
    here = holder_here("w1")
    for far in (replace(here, boot="other"), replace(here, pid_namespace="pid:[1]")):
        task = f"far{len(all_claims(repo))}-00000000"
        Leases(repo, replace(far, pid=2**22 + 1, started=1)).claim(task, NOW, 60)
        assert leases.acquire(task, NOW + 1, 60) is None
        assert leases.acquire(task, NOW + 61, 60)


def test_a_recycled_pid_is_another_process():
    here = holder_here("w")
    assert here.pid == os.getpid() and is_alive(here)
    assert not is_alive(replace(here, started=here.started + 1))
    assert not is_alive(replace(here, pid=2**22 + 1))
    assert is_alive(replace(here, boot="", pid=2**22 + 1)), "where nothing is known, the expiry decides"


def test_a_zombie_is_dead():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    holder = replace(holder_here("w"), pid=child.pid, started=int(fields[19]))
    assert is_alive(holder)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(holder)
    child.wait()


def _worker(root, names, barrier, results, seed):
    leases = Leases(Repository.discover(Path(root)), holder_here(f"w{seed}"))
    order = random.Random(seed).sample(names, len(names))
    barrier.wait()
    won = [name for name in order if leases.acquire(name, NOW, 60)]
    barrier.wait()  # the leases of a process that has ended are free to take
    results.put(won)


def test_racing_processes_claim_each_task_exactly_once(repo):
    names = [f"t{number}-00000000" for number in range(80)]
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(4), context.Queue()
    workers = [
        context.Process(target=_worker, args=(str(repo.root), names, barrier, results, seed)) for seed in range(4)
    ]
    for worker in workers:
        worker.start()
    won = [name for _ in workers for name in results.get(timeout=60)]
    for worker in workers:
        worker.join()
    assert sorted(won) == sorted(names)
    assert [claim.lease.fencing for claim in all_claims(repo)] == [1] * 80
