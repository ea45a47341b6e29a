"""What a person asks of the worker that holds a task: to cancel it. A ref, so that every worktree's worker sees it."""

import json
from dataclasses import asdict, dataclass

from frmo.files.json_file import canonical
from frmo.model.names import cancel_ref
from frmo.repo.repository import RefUpdate, Repository


@dataclass(frozen=True)
class CancelRequest:
    """`why`: for the run's record. `at`: Unix seconds."""

    why: str
    at: float


def request_cancel(repo: Repository, task: str, request: CancelRequest) -> None:
    """Ask whoever holds `task` to cancel it; a second request changes nothing."""
    oid = repo.write_blob(canonical(asdict(request)))
    repo.swap([RefUpdate(cancel_ref(task), oid, None)], "frmo: cancel")


def cancel_requested(repo: Repository, task: str) -> CancelRequest | None:
    """The request to cancel `task`, or None."""
    oid = repo.ref(cancel_ref(task))
    return CancelRequest(**json.loads(repo.blob(oid))) if oid else None


def withdraw(repo: Repository, task: str) -> None:
    """Forget the request, obeyed or not."""
    oid = repo.ref(cancel_ref(task))
    if oid is not None:
        repo.swap([RefUpdate(cancel_ref(task), None, oid)], "frmo: cancel")
