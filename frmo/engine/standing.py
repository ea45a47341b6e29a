"""Where every task stands, for people who look: nothing is claimed, nothing is written."""

from collections.abc import Sequence
from dataclasses import replace

from frmo.engine.pending import Work, board
from frmo.engine.result import Row, in_order, row_of
from frmo.errors import Fault
from frmo.model.state import State
from frmo.store.index import Index
from frmo.store.leases import all_claims
from frmo.store.runs import TaskRun
from frmo.store.workspace import Workspace


def standing(workspace: Workspace, names: Sequence[str] = ()) -> tuple[tuple[Row, ...], tuple[Fault, ...]]:
    """A row per task, in the order of the inbox, and the inbox's faults."""
    found = board(workspace, names)
    rows = [*(_row(workspace, item) for item in found.work), *(found.chosen if names else found.done)]
    settled = Index(workspace).settled()
    holders = {claim.lease.task: claim.lease.holder for claim in all_claims(workspace.repo)}
    looked = []
    for row in rows:
        kept = settled.get(row.task)
        review = kept.record.review() if kept and kept.record.run == row.run else None
        holder = holders.get(row.task)
        worker = f"{holder.worker} on {holder.host} (pid {holder.pid})" if holder else ""
        looked.append(replace(row, decision=review["decision"] if review else "", worker=worker))
    return in_order(looked), found.faults


def _row(workspace: Workspace, work: Work) -> Row:
    run = TaskRun.load(workspace, work.task.id) if work.begun else None
    if run is None:
        return Row(work.task.id, work.task.title, work.task.path, State.PENDING.value)
    return row_of(run.state, work.task.title, work.task.path, run.recorded.error_count())
