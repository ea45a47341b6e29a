"""The plan of a run: findings of the swarm merged into a checklist of action items. One pure function, no model."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Opinion:
    """One analyzer's point: an action item it holds needed, where, why, and how urgent (1 urgent .. 9 idle).

    Two opinions with the same `action` and `target` but different `choice` conflict.
    """

    aspect: str
    action: str
    target: str
    choice: str
    why: str = ""
    priority: int = 5


@dataclass(frozen=True)
class Step:
    """One action item of a run's checklist."""

    action: str
    target: str
    choice: str
    why: str
    aspects: tuple[str, ...]
    priority: int


@dataclass(frozen=True)
class Conflict:
    """What was decided against, and how: `vote`, or `priority` when the vote was even."""

    action: str
    target: str
    chosen: str
    dropped: tuple[str, ...]
    by: str


@dataclass(frozen=True)
class Plan:
    """`checklist.json`: what to do in order, which conflicts were resolved, which analyzers were left out and why."""

    items: tuple[Step, ...]
    conflicts: tuple[Conflict, ...] = ()
    left_out: Mapping[str, str] | None = None

    def to_data(self) -> dict[str, Any]:
        """As `checklist.schema.json` has it."""
        return {**asdict(self), "left_out": dict(self.left_out or {})}


def merge(
    opinions: Sequence[Opinion],
    known_actions: Sequence[str],
    left_out: Mapping[str, str] | None = None,
    weights: Mapping[str, float] | None = None,
) -> Plan:
    """Checklist from opinions: items not in the taxonomy are dropped; conflicts go by weighted vote, then by priority.

    The same opinions in any order give the same plan. `weights`: past precision per aspect, default 1.
    """
    votes: dict[tuple[str, str], list[Opinion]] = {}
    for opinion in sorted(opinions, key=lambda item: (item.aspect, item.action, item.target, item.choice)):
        if opinion.action in known_actions:
            votes.setdefault((opinion.action, opinion.target), []).append(opinion)
    items, conflicts = [], []
    for (action, target), group in votes.items():
        choice, dropped, by = _elected(group, weights or {})
        agreeing = [opinion for opinion in group if opinion.choice == choice]
        items.append(
            Step(
                action=action,
                target=target,
                choice=choice,
                why=min(agreeing, key=lambda item: (item.priority, item.aspect)).why,
                aspects=tuple(sorted({opinion.aspect for opinion in agreeing})),
                priority=min(opinion.priority for opinion in agreeing),
            )
        )
        if dropped:
            conflicts.append(Conflict(action, target, choice, dropped, by))
    order = {name: place for place, name in enumerate(known_actions)}
    items.sort(key=lambda item: (item.priority, order[item.action], item.target))
    return Plan(tuple(items), tuple(conflicts), left_out)


def _elected(group: Sequence[Opinion], weights: Mapping[str, float]) -> tuple[str, tuple[str, ...], str]:
    """The choice with most votes (one per aspect), ties by best priority, then by text; the others; how."""
    tally: Counter[str] = Counter()
    best: dict[str, int] = {}
    for opinion in {(item.aspect, item.choice): item for item in group}.values():
        tally[opinion.choice] += weights.get(opinion.aspect, 1.0)  # type: ignore[assignment]  # weights are fractions
        best[opinion.choice] = min(best.get(opinion.choice, 9), opinion.priority)
    ranked = sorted(tally, key=lambda choice: (-tally[choice], best[choice], choice))
    tied = len(ranked) > 1 and tally[ranked[0]] == tally[ranked[1]]
    return ranked[0], tuple(ranked[1:]), "priority" if tied else "vote"
