"""What every start of a worker puts in order: what workers that died left behind."""

import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from frmo.model.lease import Holder, may_take_over
from frmo.model.names import lease_ref
from frmo.repo.repository import RefUpdate
from frmo.store.leases import all_claims, holder_here, is_alive
from frmo.store.workspace import Workspace

_FOLDER = re.compile(r"frmo-(\d+)-(\d+)-(\d+)-\w+")


@dataclass(frozen=True)
class Recovered:
    """Leases of the dead on tasks that are finished, and working folders of the dead; all are gone now."""

    leases: tuple[str, ...]
    folders: tuple[str, ...]


def recover(workspace: Workspace, finished: Iterable[str], now: float, temporary: Path) -> Recovered:
    """Remove what nobody needs any more. A dead worker's unfinished tasks are taken over when they are claimed."""
    here, over = holder_here("recovery"), set(finished)
    leases = []
    for claim in all_claims(workspace.repo):
        lease = claim.lease
        stale = may_take_over(lease, now, here, is_alive(lease.holder))
        if stale and lease.task in over:
            workspace.repo.swap([RefUpdate(lease_ref(lease.task), None, claim.oid)])
            leases.append(lease.task)
    folders = [folder for folder in temporary.glob("frmo-*-*-*-*") if _orphan(folder.name, here)]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return Recovered(tuple(leases), tuple(folder.name for folder in folders))


def working_folder(temporary: Path | None) -> tempfile.TemporaryDirectory[str]:
    """A folder that a later start knows for an orphan once this process is gone."""
    here = holder_here("")
    prefix = f"frmo-{_number(here.pid_namespace)}-{here.pid}-{here.started}-"
    return tempfile.TemporaryDirectory(prefix=prefix, dir=temporary, ignore_cleanup_errors=True)


def _orphan(name: str, here: Holder) -> bool:
    """True for the folder of a process that lived where we can see that it is gone."""
    match = _FOLDER.fullmatch(name)
    if match is None or not here.boot or match[1] != _number(here.pid_namespace):
        return False
    return not is_alive(Holder("", "", here.boot, here.pid_namespace, int(match[2]), int(match[3])))


def _number(namespace: str) -> str:
    return "".join(filter(str.isdecimal, namespace)) or "0"
