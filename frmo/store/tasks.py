"""A task read back from what its run kept of it."""

from frmo.errors import GitError
from frmo.model.task import Task, task_from_mapping
from frmo.store.records import RunRecord


def recorded_task(record: RunRecord) -> Task:
    """The task as it was accepted, from the first step's record. Raises GitError when that is not there."""
    step = record.fact("steps/01-accept.json")
    if not isinstance(step, dict) or "content" not in step.get("details", {}):
        raise GitError(f"{record.place.facts} in {record.at} does not say which task it is")
    details = step["details"]
    return task_from_mapping(record.task, details["path"], details["content"])
