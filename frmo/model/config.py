"""Configuration of a workspace: `state/config.yaml` as data. Schema: `config.schema.json`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from frmo.model.task import Budget, Environment, environment_from_mapping


@dataclass(frozen=True)
class AgentProfile:
    """How one kind of agent is used here. `profile` picks `profiles.<name>` of every protocol (an
    executor with tools has `profiles.tools`); `swarm` overrides.

    `mode` of the executor: `tools` (works in a worktree with shell and editor) or `reply` (one reply, files in it); None:
    tools for anthropic and openai, else reply. `turns`: of a loop with tools. Of the command kind only: `program` (a known
    one), `argv` and `prompt` (its own), `via`: the kind that answers it.
    """

    model: str | None = None
    profile: str | None = None
    swarm: str | tuple[str, ...] | None = None
    base_url: str | None = None
    context_tokens: int | None = None
    script: str | None = None
    requests_per_minute: int | None = None
    mode: str | None = None
    turns: int = 40
    program: str | None = None
    argv: tuple[str, ...] = ()
    prompt: str | None = None
    via: str = "auto"


@dataclass(frozen=True)
class Config:
    """Everything a workspace decides. Unknown keys are an input error with "did you mean"."""

    version: int = 1
    domain: str = "python"
    agent: str = "auto"
    base: str = "HEAD"
    email: str = "frmo@localhost"
    swarm: str | tuple[str, ...] = "auto"
    jobs: int = 2
    durability: str = "full"
    lease_s: float = 120.0
    protected: tuple[str, ...] = ()
    task_budget: Budget = Budget(usd=1.0, tokens=200_000, minutes=10.0, attempts=3)
    run_budget: Budget = Budget(usd=10.0)
    day_budget: Budget = Budget(usd=25.0)
    learning_budget: Budget = Budget(usd=5.0)
    environment: Environment = Environment()
    agents: Mapping[str, AgentProfile] = field(default_factory=dict)

    def profile(self, kind: str) -> AgentProfile:
        """Settings of one agent kind; an unconfigured kind has the defaults."""
        return self.agents.get(kind, AgentProfile())


def config_from_mapping(data: Mapping[str, Any]) -> Config:
    """`Config` from content that already passed `config.schema.json`."""
    plain = {
        key: value
        for key, value in data.items()
        if key not in ("budget", "environment", "agents", "swarm", "protected")
    }
    budgets = data.get("budget", {})
    defaults = Config()
    return Config(
        **plain,
        swarm=_swarm(data.get("swarm", defaults.swarm)) or defaults.swarm,
        protected=tuple(data.get("protected", ())),
        task_budget=_budget(defaults.task_budget, budgets.get("task", {})),
        run_budget=_budget(defaults.run_budget, budgets.get("run", {})),
        day_budget=_budget(defaults.day_budget, budgets.get("day", {})),
        learning_budget=_budget(defaults.learning_budget, budgets.get("learning", {})),
        environment=environment_from_mapping(data.get("environment", {})),
        agents={kind: _profile(item) for kind, item in data.get("agents", {}).items()},
    )


def merged_budget(default: Budget, own: Budget) -> Budget:
    """`own` where it says something, else `default`."""
    return _budget(default, {key: value for key, value in vars(own).items() if value is not None})


def _budget(default: Budget, changes: Mapping[str, Any]) -> Budget:
    return Budget(**{**vars(default), **changes})


def _profile(item: Mapping[str, Any]) -> AgentProfile:
    return AgentProfile(**{**item, "swarm": _swarm(item.get("swarm")), "argv": tuple(item.get("argv", ()))})


def _swarm(value: str | list[str] | None) -> str | tuple[str, ...] | None:
    return tuple(value) if isinstance(value, list) else value
