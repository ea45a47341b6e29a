"""Recurrence: the patterns in what the ledger remembers, with what a learner needs to see of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from frmo.model.failure import ErrorRecord
from frmo.model.pattern import Nature, Observation, Pattern, find_patterns, nature_of
from frmo.model.split import Side, side
from frmo.store.observations import Seen
from frmo.store.places import RunPlace
from frmo.store.records import RunRecord
from frmo.store.workspace import Workspace

EXAMPLES = 12
# What is known before a run, so that a trial may choose its pool by it.
KNOWN_BEFORE = ("word", "operation", "capability", "domain")


@dataclass(frozen=True)
class Recurrence:
    """A pattern with the level that raises it, its signature, and error records of mining tasks as examples."""

    pattern: Pattern
    level: int
    signature: str
    examples: tuple[ErrorRecord, ...]

    def to_data(self) -> dict[str, Any]:
        """For people and `--json`."""
        return {**self.pattern.to_data(), "level": self.level, "signature": self.signature}


def patterns_of(rows: Sequence[Seen]) -> list[Pattern]:
    """Patterns of the mining side repeated on the replication side, the surest first; held-out tasks are not looked at."""
    parts: dict[Side, list[Observation]] = {Side.MINING: [], Side.REPLICATION: []}
    for row in rows:
        where = side(row.name)
        if where in parts:
            parts[where].append(Observation(row.name, frozenset(row.factors), frozenset(row.prints)))
    return find_patterns(parts[Side.MINING], parts[Side.REPLICATION])


def proposable(patterns: Sequence[Pattern]) -> list[Pattern]:
    """One pattern per fingerprint: the surest whose factor is known before a run, and that isn't stochastic."""
    best: dict[str, Pattern] = {}
    for pattern in patterns:
        if pattern.factor in KNOWN_BEFORE and pattern.may_propose:
            best.setdefault(pattern.fingerprint, pattern)
    return list(best.values())


def recurrence(workspace: Workspace, tip: str, pattern: Pattern, rows: Sequence[Seen]) -> Recurrence:
    """`pattern` with examples: the newest error of each of its mining tasks."""
    examples: list[ErrorRecord] = []
    level = 0
    for row in carriers(rows, pattern.fingerprint, after=0.0):
        level = row.prints[pattern.fingerprint]
        if len(examples) < EXAMPLES:
            record = record_of(workspace, tip, row)
            examples += [item for item in record.errors() if item.fingerprint == pattern.fingerprint and item.decides][
                :1
            ]
    signature = examples[0].signature if examples else ""
    return Recurrence(pattern, level, signature, tuple(examples))


def carriers(rows: Sequence[Seen], fingerprint: str, after: float) -> list[Seen]:
    """The newest run of each mining task that shows `fingerprint` and was accepted after `after`; newest first."""
    newest: dict[str, Seen] = {}
    for row in sorted(rows, key=lambda row: (-row.at, row.folder)):
        if fingerprint in row.prints and row.at > after and side(row.name) is Side.MINING:
            newest.setdefault(row.name, row)
    return list(newest.values())


def told_apart(pattern: Pattern, failures: int, reruns: int) -> Pattern:
    """`pattern` with what its re-runs say about its nature."""
    return replace(pattern, nature=nature_of(failures, reruns) if reruns else Nature.UNDECIDED)


def record_of(workspace: Workspace, tip: str, row: Seen) -> RunRecord:
    """The run that `row` is about."""
    return RunRecord(workspace.repo, tip, _place(workspace, row.folder))


def _place(workspace: Workspace, folder: str) -> RunPlace:
    date, _, task, run = folder.split("/")[-4:]
    return RunPlace(workspace.prefix, date, task, int(run))
