"""Leases: one ref per claimed task, made, renewed, taken over and released by compare-and-swap."""

import json
import os
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from frmo.errors import LeaseLost
from frmo.files.json_file import canonical
from frmo.model.lease import Holder, Lease, may_take_over
from frmo.model.names import ID, lease_ref
from frmo.repo.repository import RefUpdate, Repository

_PREFIX = lease_ref("")


@dataclass(frozen=True)
class Claim:
    """A lease as found: the blob's oid is what a compare-and-swap compares."""

    lease: Lease
    oid: str


class HeldLease:
    """A lease that this process holds. `lock` keeps a renewal from coming between a check of the lease and a commit."""

    def __init__(self, repo: Repository, claim: Claim) -> None:
        self._repo = repo
        self._claim = claim
        self.lock = threading.RLock()

    @property
    def lease(self) -> Lease:
        """As last written."""
        return self._claim.lease

    @property
    def oid(self) -> str:
        """Where the lease's ref must point as long as we hold it."""
        return self._claim.oid

    @property
    def ref(self) -> str:
        """The lease's ref."""
        return lease_ref(self.lease.task)

    def renew(self, now: float, lease_s: float, version: int | None = None) -> None:
        """Push the expiry to `now + lease_s`; `version`: of the task's state, when it moved. Raises LeaseLost."""
        with self.lock:
            old = self.lease
            moved_on = version is not None and version != old.version
            lease = replace(
                old,
                expires=now + lease_s,
                version=old.version if version is None else version,
                crashes=0 if moved_on else old.crashes,
            )
            oid = _written(self._repo, lease)
            if not self._repo.swap([RefUpdate(self.ref, oid, self.oid)]):
                raise LeaseLost(f"The lease of {lease.task} is held by another worker now.")
            self._claim = Claim(lease, oid)

    def release(self) -> bool:
        """Give the task up; False when the lease was no longer ours."""
        with self.lock:
            return self._repo.swap([RefUpdate(self.ref, None, self.oid)])


class Leases:
    """The claims on the tasks of one repository, for one worker."""

    def __init__(self, repo: Repository, holder: Holder, alive: Callable[[Holder], bool] | None = None) -> None:
        self._repo = repo
        self._holder = holder
        self._alive = alive or is_alive

    def claim(self, task: str, now: float, lease_s: float, version: int = 0) -> HeldLease | None:
        """Claim a task nobody has; None when somebody has it. `now`: Unix seconds, `version`: of the task's state."""
        lease = Lease(task, self._holder, now + lease_s, fencing=1, nonce=secrets.token_hex(8), version=version)
        return self._swapped(lease, None)

    def take_over(self, found: Claim, now: float, lease_s: float, version: int = 0) -> HeldLease | None:
        """Take an expired lease, or one whose process is gone; None when that isn't so, or another was faster."""
        old = found.lease
        if not may_take_over(old, now, self._holder, self._alive(old.holder)):
            return None
        crashes = old.crashes + 1 if old.version == version else 1
        lease = Lease(
            old.task, self._holder, now + lease_s, old.fencing + 1, secrets.token_hex(8), crashes, version
        )  # fmt: skip
        return self._swapped(lease, found.oid)

    def acquire(self, task: str, now: float, lease_s: float, version: int = 0) -> HeldLease | None:
        """Claim a free task or take over a stale lease; None when a living worker has it."""
        found = self.find(task)
        if found is None:
            return self.claim(task, now, lease_s, version)
        return self.take_over(found, now, lease_s, version)

    def find(self, task: str) -> Claim | None:
        """The lease on `task`, or None."""
        oid = self._repo.ref(lease_ref(task))
        return _read(self._repo, oid) if oid else None

    def all(self) -> list[Claim]:
        """Every lease, sorted by task."""
        return all_claims(self._repo)

    def _swapped(self, lease: Lease, old: str | None) -> HeldLease | None:
        oid = _written(self._repo, lease)
        won = self._repo.swap([RefUpdate(lease_ref(lease.task), oid, old)])
        return HeldLease(self._repo, Claim(lease, oid)) if won else None


def all_claims(repo: Repository) -> list[Claim]:
    """Every lease in the repository, sorted by task."""
    return [_read(repo, oid) for name, oid in repo.refs(_PREFIX) if ID.fullmatch(name.removeprefix(_PREFIX))]


def holder_here(worker: str) -> Holder:
    """This process, told from every other by what Linux knows of it; where it doesn't, boot id '' (never "the same")."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = str(Path("/proc/self/ns/pid").readlink())
        started = _started(os.getpid()) or 0
    except OSError:
        boot, namespace, started = "", "", 0
    return Holder(worker, socket.gethostname(), boot, namespace, os.getpid(), started)


def is_alive(holder: Holder) -> bool:
    """True unless the process with that pid is gone, or is another one that started later. Only makes sense at home."""
    return not holder.boot or _started(holder.pid) == holder.started


def _started(pid: int) -> int | None:
    """Start time of a process in clock ticks since boot; None when there is none, or only its remains (a zombie)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def _written(repo: Repository, lease: Lease) -> str:
    return repo.write_blob(canonical(lease.to_data()))


def _read(repo: Repository, oid: str) -> Claim:
    return Claim(Lease.from_data(json.loads(repo.blob(oid))), oid)
