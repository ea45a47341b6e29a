"""A task: what a person dropped into the inbox, validated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """One call judged outside the agent's process. `call`: `function` or `package.module:function`."""

    call: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    expect: Any = None
    raises: str | None = None


@dataclass(frozen=True)
class Validation:
    """What must hold. `level` 1 to 6 (DESIGN section 6); None: the highest at which the task gives something, at least 2.

    `checks`: what single validators are given, by their names.
    """

    level: int | None = None
    tests: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()
    commands: tuple[str, ...] = ()
    checks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Budget:
    """Limits of one task; None: no limit of its own (the config's applies)."""

    usd: float | None = None
    tokens: int | None = None
    minutes: float | None = None
    attempts: int | None = None


@dataclass(frozen=True)
class Environment:
    """What the project's own tests need. `python`: interpreter or virtual environment, relative to the workspace."""

    python: str | None = None
    setup: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    read: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """One validated task file. `path` is its place in the inbox; `content` the parsed file as it was."""

    id: str
    path: str
    content: Mapping[str, Any]
    title: str
    description: str = ""
    domain: str | None = None
    files: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    validation: Validation = Validation()
    priority: int = 5
    budget: Budget = Budget()
    after: tuple[str, ...] = ()
    agent: str | None = None
    model: str | None = None
    base: str | None = None
    swarm: str | tuple[str, ...] | None = None
    environment: Environment = Environment()
    canary: bool = False
    seed: int | None = None


def task_from_mapping(task_id: str, path: str, content: Mapping[str, Any]) -> Task:
    """Build a `Task` from content that already passed `task.schema.json`; single strings stand for one-item lists."""
    check = content.get("validation", {})
    env = content.get("environment", {})
    swarm = content.get("swarm")
    return Task(
        id=task_id,
        path=path,
        content=content,
        title=content["title"],
        description=content.get("description", ""),
        domain=content.get("domain"),
        files=_strings(content.get("files")),
        context=_strings(content.get("context")),
        validation=Validation(
            level=check.get("level"),
            tests=_strings(check.get("tests")),
            cases=tuple(_case(item) for item in check.get("cases", ())),
            commands=_strings(check.get("commands")),
            checks=check.get("checks", {}),
        ),
        priority=content.get("priority", 5),
        budget=Budget(**content.get("budget", {})),
        after=_strings(content.get("after")),
        agent=content.get("agent"),
        model=content.get("model"),
        base=content.get("base"),
        swarm=tuple(swarm) if isinstance(swarm, list) else swarm,
        environment=environment_from_mapping(env),
        canary=content.get("canary", False),
        seed=content.get("seed"),
    )


def environment_from_mapping(data: Mapping[str, Any]) -> Environment:
    """`Environment` from schema-checked content (task, domain or config)."""
    return Environment(
        python=data.get("python"),
        setup=_strings(data.get("setup")),
        key=_strings(data.get("key")),
        read=_strings(data.get("read")),
    )


def _strings(value: Any) -> tuple[str, ...]:  # noqa: ANN401  parsed YAML
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _case(item: Mapping[str, Any]) -> Case:
    return Case(
        call=item["call"],
        args=tuple(item.get("args", ())),
        kwargs=item.get("kwargs", {}),
        expect=item.get("expect"),
        raises=item.get("raises"),
    )
