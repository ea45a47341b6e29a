"""The pool of a trial: the workspace's own settled held-out tasks, chosen by what is known before any run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil

from frmo.agents.brief import Brief
from frmo.agents.inside.prompt import request_for
from frmo.learn.candidate import Candidate
from frmo.learn.recurrence import record_of
from frmo.model.pattern import Pattern
from frmo.model.proof import GUARD_SHARE
from frmo.model.registration import PoolTask
from frmo.model.split import Side, ordered, side
from frmo.store.observations import Seen
from frmo.store.protocols import load_protocol
from frmo.store.workspace import Workspace

_CHARS_PER_TOKEN = 4
_SCOPED = ("domain", "capability", "operation")


@dataclass(frozen=True)
class Drawn:
    """Tasks for a trial. `rows`: the run each is known from. `triggers`: how many of them may show the pattern."""

    rows: tuple[Seen, ...]
    tasks: tuple[PoolTask, ...]

    @property
    def triggers(self) -> int:
        """How many may show the pattern."""
        return sum(task.triggers for task in self.tasks)


def replayable(workspace: Workspace, rows: Iterable[Seen]) -> list[Seen]:
    """The newest settled run of each task whose base commit is here."""
    here = cache(lambda commit: workspace.repo.resolve(commit) is not None)
    newest: dict[str, Seen] = {}
    for row in sorted(rows, key=lambda row: (-row.at, row.folder)):
        if here(row.base):
            newest.setdefault(row.name, row)
    return [newest[name] for name in sorted(newest)]


def draw(
    candidate: Candidate, proposal: str, rows: Sequence[Seen], most: int, without: frozenset[str] = frozenset()
) -> Drawn:
    """At most `most` held-out tasks in the item's scope, 30 % of them such as can't show the pattern.

    Where there are too few of those, fewer of the others are taken. `without`: names that served already. Which ones, is
    fixed by the hash of the proposal. Nothing that a run came to is looked at.
    """
    scoped = [row for row in rows if side(row.name) is Side.HELD_OUT and row.name not in without]
    scoped = [row for row in scoped if _in_scope(candidate.item.get("scope", {}), row)]
    by_name = {row.name: row for row in scoped}
    names = ordered(proposal, list(by_name))
    showing = [name for name in names if by_name[name].has(candidate.pattern.factor, candidate.pattern.value)]
    guards = [name for name in names if name not in set(showing)]
    total = min(most, len(names))
    while total and (guarding(total) > len(guards) or total - guarding(total) > len(showing)):
        total -= 1
    chosen = [*showing[: total - guarding(total)], *guards[: guarding(total)]]
    found = [by_name[name] for name in sorted(chosen)]
    return Drawn(tuple(found), tuple(_pool_task(row, candidate.pattern) for row in found))


def guarding(total: int) -> int:
    """How many of `total` tasks must be such as can't show the pattern."""
    return ceil(GUARD_SHARE * total)


def canaries(candidate: Candidate, rows: Sequence[Seen]) -> tuple[Seen, ...]:
    """Tasks marked `canary: true` in the item's scope, by name."""
    found = [row for row in rows if row.canary and _in_scope(candidate.item.get("scope", {}), row)]
    return tuple(sorted(found, key=lambda row: row.name))


def prompt_tokens(
    workspace: Workspace, tip: str, rows: Sequence[Seen], arms: Sequence[str], profile: str | None
) -> tuple[int, ...]:
    """Tokens of all prompts of `rows` together in each of `arms` (commits): counted, four characters each, not measured."""
    totals = []
    for arm in arms:
        protocol = load_protocol(workspace, arm, "executor", profile)
        chars = 0
        for row in rows:
            task = record_of(workspace, tip, row).accepted()
            shown = {
                path: _text(workspace, row.base, path) for path in (*task.files, *task.context, *task.validation.tests)
            }
            request = request_for(
                Brief(
                    task, protocol, _factors(row), context={path: text for path, text in shown.items() if text}
                ).to_line()
            )
            chars += len(request["system"]) + sum(len(message["content"]) for message in request["messages"])
        totals.append(ceil(chars / _CHARS_PER_TOKEN))
    return tuple(totals)


def _in_scope(scope: Mapping[str, str], row: Seen) -> bool:
    """True when the item would reach this task, as far as is known before a run (role and agent are the trial's own)."""
    return all(row.has(factor, value) for factor, value in scope.items() if factor in _SCOPED)


def _factors(row: Seen) -> dict[str, str]:
    return {"role": "executor", **{factor: value for factor, value in row.factors if factor in (*_SCOPED, "agent")}}


def _pool_task(row: Seen, pattern: Pattern) -> PoolTask:
    return PoolTask(row.name, row.task, row.base, triggers=row.has(pattern.factor, pattern.value))


def _text(workspace: Workspace, base: str, path: str) -> str:
    content = None if any(char in path for char in "*?[") else workspace.repo.read(base, path)
    return (content or b"").decode("utf-8", "replace")
