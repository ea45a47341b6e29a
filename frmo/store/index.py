"""Which runs there are, read from the trees of the ledger and the tips of the branches at once, not task by task."""

from collections.abc import Mapping
from dataclasses import dataclass

from frmo.model.names import ID, task_ref
from frmo.repo.repository import Repository, TreeEntry
from frmo.store.ledger import Ledger
from frmo.store.places import RUNS, RunPlace
from frmo.store.records import RunRecord
from frmo.store.workspace import Workspace

_BRANCHES = task_ref("")


@dataclass(frozen=True)
class Kept:
    """The latest run of a task in the ledger. `facts`: oid of its folder, the same in every commit that has the run."""

    record: RunRecord
    facts: str


class Index:
    """What the ledger and the branches hold. Folders that did not change since the last look are not read again."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._parts: dict[str, tuple[tuple[str, int, str], ...]] = {}

    def branches(self) -> dict[str, str]:
        """Tip of every task branch by the task's id, sorted."""
        found = ((name.removeprefix(_BRANCHES), oid) for name, oid in self._workspace.repo.refs(_BRANCHES))
        return {task: oid for task, oid in found if ID.fullmatch(task)}

    def settled(self) -> Mapping[str, Kept]:
        """The latest settled run of every task, by id."""
        repo, prefix = self._workspace.repo, self._workspace.prefix
        tip = Ledger(self._workspace).tip()
        if tip is None:
            return {}
        latest: dict[str, Kept] = {}
        seen: dict[str, tuple[tuple[str, int, str], ...]] = {}
        for day in sorted(repo.children(tip, f"{prefix}{RUNS}"), key=lambda entry: entry.path):
            for part in repo.children(day.oid):
                rows = seen[part.oid] = self._parts.get(part.oid) or _runs(repo, part)
                for task, run, facts in rows:
                    place = RunPlace(prefix, day.path.rsplit("/", 1)[1], task, run)
                    latest[task] = Kept(RunRecord(repo, tip, place), facts)
        self._parts = seen
        return latest

    def holds(self, tip: str, kept: Kept) -> bool:
        """True when the branch at `tip` ends with the run that the ledger has."""
        entry = self._workspace.repo.entry(tip, kept.record.place.facts)
        return entry is not None and entry.oid == kept.facts


def _runs(repo: Repository, part: TreeEntry) -> tuple[tuple[str, int, str], ...]:
    """(task, run, oid of its facts) of every run below one folder of a day, in the order of their numbers."""
    rows = []
    for task in repo.children(part.oid):
        for run in repo.children(task.oid):
            if run.path.isdecimal() and ID.fullmatch(task.path):
                rows.append((task.path, int(run.path), run.oid))
    return tuple(sorted(rows))
