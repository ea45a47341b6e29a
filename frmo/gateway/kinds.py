"""Which kinds of provider there are, which one `auto` means, and opening each once."""

import importlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from frmo.errors import UsageFault
from frmo.gateway.breaker import Breaker
from frmo.gateway.pace import Pace
from frmo.gateway.provider import Provider
from frmo.gateway.recording import Shelf
from frmo.model.config import AgentProfile

# kind -> "module:function"; the module is imported when a task first asks for that kind.
KINDS: Mapping[str, str] = {
    "anthropic": "frmo.gateway.messages:open_anthropic",
    "local": "frmo.gateway.local:open_local",
    "openai": "frmo.gateway.compatible:open_openai",
    "replay": "frmo.gateway.replay:open_replay",
    "scripted": "frmo.gateway.scripted:open_scripted",
}

# Kinds whose replies depend on who asks, not on the request alone: caching them would mix up tasks.
BY_CALLER = frozenset({"replay", "scripted"})
# Kinds whose models are good enough to work with tools unless the configuration says `mode: reply`.
WITH_TOOLS = frozenset({"anthropic", "command", "openai"})
# A coding-agent program: works by itself, and is answered by another kind (`via`).
COMMAND = "command"


def meant(kind: str, env: Mapping[str, str]) -> str:
    """The kind that `kind` stands for: `auto` is anthropic where a key is set, else local."""
    if kind != "auto":
        return kind
    return "anthropic" if env.get("ANTHROPIC_API_KEY") else "local"


@dataclass(frozen=True)
class Setting:
    """All that a provider is made from. `model`: a task's own wish, else the profile's; None: the kind's default.

    `weights`: folder of local weights. `jobs`: calls at once. `script`: data of the scripted kind; `recordings` and
    `rows`: of the replay kind. `logs`: folder for a started server's log, None: no log.
    """

    env: Mapping[str, str]
    weights: Path
    profile: AgentProfile = AgentProfile()
    model: str | None = None
    jobs: int = 2
    script: Mapping[str, Any] = field(default_factory=dict)
    logs: Path | None = None
    recordings: Shelf | None = None
    rows: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Line:
    """A provider with what guards the way to it."""

    provider: Provider
    breaker: Breaker
    pace: Pace


class Providers:
    """Opens each (kind, model) once, on first need, for all threads."""

    def __init__(
        self,
        setting: Setting,
        profiles: Mapping[str, AgentProfile],
        kinds: Mapping[str, str] = KINDS,
    ) -> None:
        self._setting = setting
        self._profiles = profiles
        self._kinds = kinds
        self._opened: dict[tuple[str, str | None], Line] = {}
        self._lock = threading.Lock()

    def open(self, kind: str, model: str | None) -> Line:
        """The line to a kind's model. Raises UsageFault for an unknown kind, ProviderUnavailable as it comes."""
        profile = self._profiles.get(kind, AgentProfile())
        if kind == COMMAND:
            kind, model = profile.via, model or profile.model
        kind = meant(kind, self._setting.env)
        profile = self._profiles.get(kind, AgentProfile())
        model = model or profile.model
        with self._lock:
            if (kind, model) not in self._opened:
                provider = self._opener(kind)(replace(self._setting, profile=profile, model=model))
                self._opened[kind, model] = Line(provider, Breaker(), Pace(profile.requests_per_minute))
            return self._opened[kind, model]

    def close(self) -> None:
        """Close every provider that was opened."""
        with self._lock:
            opened, self._opened = list(self._opened.values()), {}
        for line in opened:
            line.provider.close()

    def _opener(self, kind: str) -> Callable[[Setting], Provider]:
        if kind not in self._kinds:
            raise UsageFault(f"agent kind {kind!r} is not known; there are: {', '.join(sorted(self._kinds))}")
        module, function = self._kinds[kind].split(":")
        opener: Callable[[Setting], Provider] = getattr(importlib.import_module(module), function)
        return opener
