"""Keeps the leases of running walks alive, and stops a walk whose lease is lost or that a person cancelled."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from frmo.errors import FrmoError, LeaseLost
from frmo.repo.repository import Repository
from frmo.store.leases import HeldLease
from frmo.store.requests import cancel_requested

_LOOK_S = 0.5


class Keeper:
    """One thread that renews every lease given to it, three times per lease period, and looks for requests to cancel."""

    def __init__(self, repo: Repository, now: Callable[[], float], lease_s: float) -> None:
        self._repo, self._now, self._lease_s = repo, now, lease_s
        self._kept: dict[HeldLease, threading.Event] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew_all, name="lease-keeper", daemon=True)

    def keep(self, lease: HeldLease, cancel: threading.Event) -> None:
        """Renew `lease` from now on; set `cancel` when it is lost."""
        with self._lock:
            self._kept[lease] = cancel

    def drop(self, lease: HeldLease) -> None:
        """Renew it no more."""
        with self._lock:
            self._kept.pop(lease, None)

    def cancel_all(self) -> None:
        """Stop every walk."""
        with self._lock:
            for cancel in self._kept.values():
                cancel.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _renew_all(self) -> None:
        due = time.monotonic() + self._lease_s / 3
        while not self._over.wait(min(_LOOK_S, self._lease_s / 3)):
            with self._lock:
                kept = list(self._kept.items())
            renewing = time.monotonic() >= due
            for lease, cancel in kept:
                try:
                    if renewing:
                        lease.renew(self._now(), self._lease_s)
                    if cancel_requested(self._repo, lease.lease.task):
                        cancel.set()
                except LeaseLost:
                    cancel.set()
                except FrmoError:  # a busy disk or lock: the next look tries again, well before the lease is over
                    continue
            if renewing:
                due = time.monotonic() + self._lease_s / 3
