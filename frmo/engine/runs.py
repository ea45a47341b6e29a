"""Looking at runs: wherever they are kept, on their branch, in an archive or in the ledger."""

from typing import Any

from frmo.errors import UsageFault
from frmo.model.failure import ErrorRecord
from frmo.store.ledger import Ledger
from frmo.store.records import RunRecord
from frmo.store.runs import TaskRun, archived, runs
from frmo.store.workspace import Workspace


def recorded_run(workspace: Workspace, task: str, number: int | None = None) -> RunRecord:
    """Run `number` of a task, default the latest. Raises UsageFault when there is none."""
    live = TaskRun.load(workspace, task)
    if live is not None and number in (None, live.run):
        return live.recorded
    found = (archived(workspace, task, number) if number else None) or Ledger(workspace).find(task, number)
    if found is None:
        which = f"no run {number}" if number else "not been worked on"
        raise UsageFault(f"{task} has {which}; `frmo run {task}` does")
    return found


def steps_of(record: RunRecord) -> list[dict[str, Any]]:
    """The step records of a run, in order."""
    return [step for _, step in sorted(record.facts("steps").items())]


def errors_of(workspace: Workspace, task: str | None) -> list[ErrorRecord]:
    """Error records of one task's latest run, or of the latest run of all."""
    if task is not None:
        return recorded_run(workspace, task).errors()
    live = {run.task: run.recorded for run in runs(workspace)}
    settled = {record.task: record for record in Ledger(workspace).runs()}
    records = {**settled, **live}
    return [row for _, record in sorted(records.items()) for row in record.errors()]
