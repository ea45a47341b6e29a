"""What a run left behind, read back from any commit that holds it: its branch, an archived branch or the ledger."""

import json
from dataclasses import dataclass
from typing import Any

from frmo.errors import GitError
from frmo.model.failure import ErrorRecord
from frmo.model.state import RunState
from frmo.model.task import Task, task_from_mapping
from frmo.repo.repository import Repository
from frmo.store.places import RunPlace


@dataclass(frozen=True)
class RunRecord:
    """One run as commit `at` has it. Names of facts are relative to the run's folder: `steps/01-accept.json`."""

    repo: Repository
    at: str
    place: RunPlace

    @property
    def task(self) -> str:
        """Id of the task."""
        return self.place.task

    @property
    def run(self) -> int:
        """Number of the run, from 1."""
        return self.place.run

    @property
    def state(self) -> RunState:
        """`state.json`. Raises GitError when it is missing or not a state."""
        data = self.fact("state.json")
        try:
            return RunState.from_data(data)
        except (TypeError, KeyError, ValueError) as fault:
            raise GitError(f"{self.place.facts}/state.json in {self.at} is not a run's state: {fault}") from None

    def accepted(self) -> Task:
        """The task as it was accepted. Raises GitError when its first step does not say which."""
        first = self.fact("steps/01-accept.json")
        try:
            return task_from_mapping(self.task, first["details"]["path"], first["details"]["content"])
        except (TypeError, KeyError) as fault:
            raise GitError(f"{self.place.facts} in {self.at} does not say which task it is: {fault}") from None

    def raw(self, name: str) -> bytes | None:
        """A fact's bytes, or None."""
        return self.repo.read(self.at, f"{self.place.facts}/{name}")

    def fact(self, name: str) -> Any:  # noqa: ANN401  parsed JSON
        """A JSON fact, or None when it doesn't exist. Raises GitError when it is not JSON."""
        content = self.raw(name)
        return None if content is None else _parsed(content, f"{self.place.facts}/{name}", self.at)

    def facts(self, folder: str) -> dict[str, Any]:
        """Every JSON fact of one folder (`analysis`, `steps`, `transcripts`, `validation`), file name to content."""
        found = {}
        for item in self.repo.entries(self.at, f"{self.place.facts}/{folder}"):
            content = self.repo.blob(item.oid)
            found[item.path.removeprefix(f"{self.place.facts}/{folder}/")] = _parsed(content, item.path, self.at)
        return found

    def errors(self) -> list[ErrorRecord]:
        """The run's error records, in the order they were written."""
        rows = [
            ErrorRecord(**_parsed(self.repo.blob(item.oid), item.path, self.at))
            for item in self.repo.entries(self.at, self.place.errors)
        ]
        return sorted(rows, key=lambda row: row.number)

    def error_count(self) -> int:
        """How many error records there are; none is read."""
        return len(self.repo.entries(self.at, self.place.errors))

    def review(self) -> dict[str, Any] | None:
        """What a person decided about it (`decision`, `why`, `by`, `at`), or None. Only the ledger has it."""
        found = self.fact("review.json")
        return dict(found) if found is not None else None


def _parsed(content: bytes, path: str, at: str) -> Any:  # noqa: ANN401  parsed JSON
    try:
        return json.loads(content)
    except ValueError as fault:
        raise GitError(f"{path} in {at} is not JSON: {fault}") from None
