"""A domain: what is validated level by level, what its analyzers look at, and what its checks need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from frmo.model.task import Environment, environment_from_mapping
from frmo.model.verdict import LEVELS


@dataclass(frozen=True)
class Domain:
    """`protocols/domains/<name>.yaml`. `levels`: level (1 to 6) to the names of its validators.

    `aspects`: what a swarm looks at by default; `questions`: what each known aspect asks, these and more.
    `files`: globs of the files that are this domain's; empty: all. `commands`: run at level 4, exit 0 passes.
    `checks`: what single validators are given, by their names. `level`: to which a task is validated at least by default.
    """

    name: str
    levels: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    aspects: tuple[str, ...] = ()
    questions: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    environment: Environment = Environment()
    checks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    level: int = 2


def domain_from_mapping(name: str, data: Mapping[str, Any]) -> Domain:
    """`Domain` from content that already passed `domain.schema.json`; levels are named there, numbered here."""
    numbers = {level: number for number, level in LEVELS.items()}
    questions = data.get("questions", {})
    return Domain(
        name=name,
        levels={numbers[level]: tuple(names) for level, names in data.get("levels", {}).items()},
        aspects=tuple(data.get("aspects", questions)),
        questions=dict(questions),
        files=tuple(data.get("files", ())),
        commands=tuple(data.get("commands", ())),
        environment=environment_from_mapping(data.get("environment", {})),
        checks=data.get("checks", {}),
        level=data.get("level", 2),
    )
