"""What it cost: the step records of every run, settled or not, summed by task, agent, model, protocol version and day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from frmo.model.state import Tokens
from frmo.store.ledger import Ledger
from frmo.store.places import utc_date
from frmo.store.records import RunRecord
from frmo.store.runs import runs
from frmo.store.workspace import Workspace

BY = ("task", "agent", "model", "protocol", "day")


@dataclass(frozen=True)
class Cost:
    """A sum over steps that asked a model. `completions`: replies used, `cached` of them from frmo's own cache."""

    steps: int = 0
    completions: int = 0
    cached: int = 0
    tokens: Tokens = Tokens()
    cost_usd: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.steps + other.steps,
            self.completions + other.completions,
            self.cached + other.cached,
            self.tokens + other.tokens,
            self.cost_usd + other.cost_usd,
        )

    @property
    def hit_rate(self) -> float | None:
        """Share of completions that the cache answered; None where there were none."""
        return self.cached / self.completions if self.completions else None

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data; `cost_usd` rounded to a millionth of a cent."""
        return {
            "steps": self.steps,
            "completions": self.completions,
            "cached": self.cached,
            "hit_rate": self.hit_rate,
            "tokens": vars(self.tokens),
            "cost_usd": round(self.cost_usd, 8),
        }


@dataclass(frozen=True)
class Costs:
    """`by`: dimension of BY to key to sum, the dearest first (days in order)."""

    total: Cost
    by: Mapping[str, Mapping[str, Cost]]

    def to_data(self) -> dict[str, Any]:
        """The object of `--json`."""
        sums = {name: [{"key": key, **cost.to_data()} for key, cost in rows.items()] for name, rows in self.by.items()}
        return {"total": self.total.to_data(), "by": sums}


def costs(workspace: Workspace, since: str = "") -> Costs:
    """Sums over all runs accepted on or after the UTC day `since`, those in the ledger and those still on a branch."""
    return summed(step for record in _records(workspace, since) for step in _asking(record))


def summed(steps: Iterable[Mapping[str, Any]]) -> Costs:
    """Sums over step records that carry `task` beside their own fields."""
    total = Cost()
    by: dict[str, dict[str, Cost]] = {name: defaultdict(Cost) for name in BY}
    for step in steps:
        cost = _cost(step)
        total += cost
        for name, key in _keys(step).items():
            by[name][key] += cost
    return Costs(total, {name: _ordered(name, rows) for name, rows in by.items()})


def _records(workspace: Workspace, since: str) -> Iterator[RunRecord]:
    known = set()
    for record in Ledger(workspace).runs(since):
        known.add((record.task, record.run))
        yield record
    for run in runs(workspace):
        if (run.task, run.run) not in known and run.place.date >= since:
            yield run.recorded


def _asking(record: RunRecord) -> Iterator[Mapping[str, Any]]:
    """Steps that asked a model."""
    for step in record.facts("steps").values():
        if step["tokens"] is not None:
            yield {**step, "task": record.task}


def _cost(step: Mapping[str, Any]) -> Cost:
    details = step["details"]
    tokens = Tokens(**step["tokens"])
    return Cost(1, details.get("completions", 0), details.get("cached", 0), tokens, step["cost_usd"])


def _keys(step: Mapping[str, Any]) -> dict[str, str]:
    kind, _, model = step["agent"].partition(" ")
    keys = {
        "task": step["task"],
        "agent": kind,
        "model": model,
        "protocol": step["protocol"],
        "day": utc_date(step["at"]),
    }
    return {name: key or "-" for name, key in keys.items()}


def _ordered(name: str, rows: Mapping[str, Cost]) -> dict[str, Cost]:
    if name == "day":
        return dict(sorted(rows.items()))
    return dict(sorted(rows.items(), key=lambda item: (-item[1].cost_usd, -item[1].tokens.total, item[0])))
