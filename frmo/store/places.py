"""Where the bookkeeping of a run lies in a tree: `state/runs/…` and `logs/errors/…` (DESIGN section 2)."""

import re
import time
from dataclasses import dataclass

from frmo.model.names import shard
from frmo.repo.repository import Repository

RUNS = "state/runs"
ERRORS = "logs/errors"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class RunPlace:
    """The two folders of one run. `prefix`: "" or ".frmo/". `date`: UTC day of acceptance, yyyy-mm-dd."""

    prefix: str
    date: str
    task: str
    run: int

    @property
    def facts(self) -> str:
        """Folder of state, plan, steps, transcripts and validations."""
        return f"{self.prefix}{RUNS}/{self._tail}"

    @property
    def errors(self) -> str:
        """Folder of error records."""
        return f"{self.prefix}{ERRORS}/{self._tail}"

    @property
    def _tail(self) -> str:
        return f"{self.date}/{shard(self.task)}/{self.task}/{self.run}"


def utc_date(now: float) -> str:
    """`now` (Unix seconds) as yyyy-mm-dd."""
    return time.strftime("%Y-%m-%d", time.gmtime(now))


def is_bookkeeping(prefix: str, path: str) -> bool:
    """True for a path that frmo writes for itself on a task branch; it is never part of a deliverable."""
    return path.startswith((f"{prefix}{RUNS}/", f"{prefix}{ERRORS}/"))


def find(repo: Repository, tree_ish: str, prefix: str, task: str, run: int | None = None) -> RunPlace | None:
    """Where a run lies in a commit, its date unknown; `run` None: the latest. One look per day, newest first."""
    for day in _days(repo, tree_ish, prefix):
        runs = runs_of(repo, tree_ish, prefix, day, task)
        wanted = [number for number in runs if run in (None, number)]
        if wanted:
            return RunPlace(prefix, day, task, max(wanted))
    return None


def runs_of(repo: Repository, tree_ish: str, prefix: str, day: str, task: str) -> list[int]:
    """Numbers of the runs of `task` accepted on `day`."""
    folder = f"{prefix}{RUNS}/{day}/{shard(task)}/{task}"
    return sorted(int(item.path.rsplit("/", 1)[1]) for item in repo.children(tree_ish, folder) if _is_run(item.path))


def everywhere(repo: Repository, tree_ish: str, prefix: str, since: str = "") -> list[RunPlace]:
    """Every run in a commit accepted on or after the day `since`, oldest day first, then by id and run."""
    found = []
    for day in reversed(_days(repo, tree_ish, prefix)):
        if day < since:
            continue
        for part in repo.children(tree_ish, f"{prefix}{RUNS}/{day}"):
            for task in repo.children(tree_ish, part.path):
                name = task.path.rsplit("/", 1)[1]
                found += [RunPlace(prefix, day, name, run) for run in runs_of(repo, tree_ish, prefix, day, name)]
    return sorted(found, key=lambda place: (place.date, place.task, place.run))


def _days(repo: Repository, tree_ish: str, prefix: str) -> list[str]:
    names = [item.path.rsplit("/", 1)[1] for item in repo.children(tree_ish, f"{prefix}{RUNS}")]
    return sorted((name for name in names if _DATE.fullmatch(name)), reverse=True)


def _is_run(path: str) -> bool:
    return path.rsplit("/", 1)[1].isdecimal()
