"""SQL judged by execution: recorded gold queries (Spider) against themselves, and against those of other questions."""

import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from frmo.bench.report import Row, at_least
from frmo.bench.solutions import LIMITS, rows
from frmo.engine.memory import Memory
from frmo.model.task import Task, Validation
from frmo.model.verdict import Verdict
from frmo.sandbox.choice import choose
from frmo.validators.interpreter import own
from frmo.validators.levels import validate
from frmo.validators.subject import Subject

_LEVELS = {1: ("sql_syntax",), 2: ("sql_static",), 3: ("sql_result",)}


def query_rows(folder: Path, progress: Callable[[str], None], seed: int) -> Iterator[Row]:
    """Golds accepted; golds of another question to the same database refused, at each level."""
    tasks = rows(folder, "tasks_sql")
    others = _others(tasks, Random(seed))
    progress(f"SQL: {len(tasks)} gold queries, and {sum(query is not None for query in others)} of other questions")
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        place = Path(name)
        with tarfile.open(folder / "tasks_sql_dbs.tar.gz") as archive:
            archive.extractall(place / "databases", filter="data")
        judge = _Judge(place)
        golds = list(pool.map(judge, tasks, [task["gold"] for task in tasks]))
        # A recorded database may lack a table of its own gold query: that gold can judge nothing.
        runs = [item.level >= 2 for item in golds]
        chosen = zip(tasks, others, runs, strict=True)
        pairs = [(task, query) for task, query, good in chosen if query is not None and good]
        swapped = list(pool.map(judge, *zip(*pairs, strict=True)))
    yield at_least(f"SQL: accepted of {sum(runs)} golds", sum(item.passed for item in golds) / max(1, sum(runs)), 1.0)
    yield Row("  golds whose tables are not in their database", runs.count(False))
    refused = [not item.passed for item in swapped]
    yield at_least(
        f"SQL: refused of {len(refused)} golds of other questions", sum(refused) / max(1, len(refused)), 0.99
    )
    for (task, query), verdict in zip(pairs, swapped, strict=True):
        if verdict.passed:
            progress(f"accepted for another question: {query} | {task['gold']}")


def _others(tasks: Sequence[Mapping[str, Any]], random: Random) -> list[str | None]:
    """For each task the gold of another question to the same database, with another text; None where there is none."""
    by_database: dict[str, list[str]] = {}
    for task in tasks:
        by_database.setdefault(task["db"], []).append(task["gold"])
    found: list[str | None] = []
    for task in tasks:
        choices = sorted({gold for gold in by_database[task["db"]] if _plain(gold) != _plain(task["gold"])})
        found.append(random.choice(choices) if choices else None)
    return found


def _plain(query: str) -> str:
    return " ".join(query.lower().split())


class _Judge:
    """Judges one query for one task, in a folder of its own."""

    def __init__(self, place: Path) -> None:
        self._place, self._sandbox, self._memory = place, choose(os.environ), Memory()

    def __call__(self, task: Mapping[str, Any], query: str) -> Verdict:
        database = self._place / "databases" / f"{task['db']}.sqlite"
        with tempfile.TemporaryDirectory(dir=self._place) as name:
            base, work, checks = (Path(name) / part for part in ("base", "work", "checks"))
            for folder in (base, work, checks):
                folder.mkdir()
            (base / "db.sqlite").write_bytes(database.read_bytes())
            (base / "gold.sql").write_text(task["gold"], encoding="utf-8")
            (work / "answer.sql").write_text(query, encoding="utf-8")
            part = {"file": "answer.sql", "database": "db.sqlite", "reference": "gold.sql"}
            given: dict[str, dict[str, Any]] = {
                "sql_static": {"database": "db.sqlite"},
                "sql_result": {"queries": [part]},
            }
            subject = Subject(
                task=Task("bench-sql", "bench", {}, "bench", validation=Validation(checks=given)),
                work=work, base=base, changed=("answer.sql",), sandbox=self._sandbox, python=own(), tools=own(),
                scratch=checks, limits=LIMITS, remember=self._memory,
            )  # fmt: skip
            return validate(subject, _LEVELS, 3)[0]
