"""A protocol: what one agent role is told, how its reply is read, and with which model settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

# What a prompt may show of a task, in this order; a protocol may ask for fewer.
SECTIONS = ("aspect", "task", "files", "current", "context", "actions", "plan", "errors")


@dataclass(frozen=True)
class Contract:
    """The output contract: how a reply becomes files or JSON.

    `format`: `files` (fenced blocks headed by a path), `code` (the reply's code is the task's one file), `json`, `text`.
    `cut`: `none`; `block` (first fenced block); `definitions` (imports, definitions and constants before the first
    line that can't be parsed or is not one of them). `imports`: lines put in front when the reply uses their names.
    """

    format: str = "files"
    stop: tuple[str, ...] = ()
    cut: str = "block"
    imports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """Model settings. `temperature` and `seed` None: the provider's default.

    `retry_temperature`: from the second attempt on, so that a small model does not repeat itself; None: as before.
    `deadline_s`: for each completion, and for the agent process's own time.
    """

    max_tokens: int = 4096
    temperature: float | None = None
    retry_temperature: float | None = None
    seed: int | None = None
    deadline_s: float = 600.0


@dataclass(frozen=True)
class ChecklistItem:
    """One thing to heed. `kind`: instruction, example or contract; `scope` maps factor to value, empty: always."""

    id: str
    kind: str
    text: str = ""
    contract: Mapping[str, Any] = field(default_factory=dict)
    scope: Mapping[str, str] = field(default_factory=dict)
    origin: str = "hand"
    safety: bool = False


@dataclass(frozen=True)
class Protocol:
    """One role's protocol as it applies to one step. `sections`: what the prompt shows. `version` is the sha of its tree: `role@version` in trailers."""

    role: str
    text: str
    contract: Contract = Contract()
    settings: Settings = Settings()
    items: tuple[ChecklistItem, ...] = ()
    sections: tuple[str, ...] = SECTIONS
    version: str = ""

    @property
    def name(self) -> str:
        """`role@tree-sha`, the exact version."""
        return f"{self.role}@{self.version}"


def protocol_from_mapping(
    data: Mapping[str, Any], items: Sequence[ChecklistItem], version: str, profile: str | None
) -> Protocol:
    """Protocol of schema-checked `protocol.yaml` content, its `profiles.<profile>` laid over it when there is one."""
    over = data.get("profiles", {}).get(profile, {}) if profile else {}
    contract = {**data.get("contract", {}), **over.get("contract", {})}
    settings = {**data.get("model", {}), **over.get("model", {})}
    return Protocol(
        role=data["role"],
        text=over.get("text", data["text"]),
        contract=merged_contract(Contract(), contract),
        settings=Settings(**settings),
        items=tuple(items),
        sections=tuple(over.get("sections", data.get("sections", SECTIONS))),
        version=version,
    )


def merged_contract(contract: Contract, changes: Mapping[str, Any]) -> Contract:
    """`contract` with `changes` over it; lists (stop, imports) are joined, not replaced, so that items add up."""
    return replace(
        contract,
        format=changes.get("format", contract.format),
        cut=changes.get("cut", contract.cut),
        stop=_joined(contract.stop, changes.get("stop", ())),
        imports=_joined(contract.imports, changes.get("imports", ())),
    )


def for_attempt(settings: Settings, attempt: int) -> Settings:
    """Settings of attempt number `attempt` (from 1): a retry is warmer where the protocol says so, and has its own seed."""
    if attempt <= 1 or settings.retry_temperature is None:
        return settings
    seed = None if settings.seed is None else settings.seed + attempt - 1
    return replace(settings, temperature=settings.retry_temperature, seed=seed)


def in_scope(item: ChecklistItem, factors: Mapping[str, str]) -> bool:
    """True when every factor the item names (domain, operation, role, agent) has the value it names."""
    return all(factors.get(name) == value for name, value in item.scope.items())


def _joined(first: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *more)))
