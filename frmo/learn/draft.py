"""A draft: one checklist item that is believed to prevent a recurring error, before anything is tried."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from frmo.learn.recurrence import Recurrence
from frmo.model.names import safe_name

ITEM_TOKENS = 160
MAX_DEPTH = 3
_CHARS_PER_TOKEN = 4


@dataclass(frozen=True)
class Draft:
    """`kind`, `text`, `contract`, `scope` as a checklist item has them; `cause`: what is believed to make the error.

    `origin`: `learned` or `hand`. `replaces`: id of an item that this one sharpens, or ''.
    """

    id: str
    kind: str
    cause: str
    text: str = ""
    contract: Mapping[str, Any] = field(default_factory=dict)
    scope: Mapping[str, str] = field(default_factory=dict)
    origin: str = "learned"
    replaces: str = ""
    role: str = "executor"

    def item(self, fingerprint: str, insight: str) -> dict[str, Any]:
        """The item's file as data."""
        content = {"text": self.text, "contract": dict(self.contract), "scope": dict(self.scope)}
        return {
            "id": self.id,
            "kind": self.kind,
            **{name: value for name, value in content.items() if value},
            "origin": self.origin,
            "evidence": {"pattern": fingerprint, "insight": insight},
        }

    def insight(self, name: str, about: Recurrence) -> dict[str, Any]:
        """The insight's file as data: what is believed, about which pattern, from which tasks."""
        return {
            "id": name,
            "pattern": about.pattern.fingerprint,
            "text": self.cause,
            "why": f"{about.signature}: {about.pattern.support} of {about.pattern.exposed} tasks with {about.pattern.factor} {about.pattern.value}"[
                :10000
            ],
            "item": self.id,
            "scope": dict(self.scope),
            "origin": self.origin,
            "examples": sorted({row.task for row in about.examples})[:100],
        }


def default_scope(about: Recurrence) -> dict[str, str]:
    """The domain that the pattern was seen in; none where the pattern is about the domain itself.

    Wider than the pattern on purpose: a trial needs tasks in scope that can't show the pattern.
    """
    domains = {row.domain for row in about.examples}
    return {"domain": domains.pop()} if about.pattern.factor != "domain" and len(domains) == 1 else {}


def refusal(draft: Draft, living: Iterable[Mapping[str, Any]], buried: Iterable[Mapping[str, Any]], depth: int) -> str:
    """Why `draft` may not be tried, or ''. `living`, `buried`: items in force, and such as were tried and not kept.

    `depth`: how many items were tried against the same pattern before: fixing a fix of a fix ends somewhere.
    """
    tokens = size(draft)
    if tokens > ITEM_TOKENS:
        return f"it is {tokens} tokens long; an item may have {ITEM_TOKENS}"
    said = said_by({"kind": draft.kind, "text": draft.text, "contract": draft.contract})
    for item in living:
        if said_by(item) == said:
            return f"it repeats the item {item['id']}"
        if item["id"] == draft.id and draft.replaces != draft.id:
            return f"there is another item called {draft.id}; name it in `replaces` to sharpen it"
    for item in buried:
        if said_by(item) == said:
            return f"it repeats {item['id']}, which was tried and not kept"
    return f"{depth} items were tried against this pattern already" if depth >= MAX_DEPTH else ""


def said_by(item: Mapping[str, Any]) -> tuple[str, str, str]:
    """What an item says, whatever it is called and wherever it applies: two that say the same are the same."""
    contract = item.get("contract") or {}
    settings = "; ".join(f"{name}={_flat(contract[name])}" for name in sorted(contract))
    return str(item["kind"]), " ".join(str(item.get("text", "")).lower().split()).rstrip("."), settings


def size(draft: Draft) -> int:
    """Tokens that the item adds to a prompt, about: four characters each. Settings of the contract add none."""
    shown = [draft.text] if draft.kind == "instruction" else []
    shown += [str(draft.contract.get(name, "")) for name in ("question", "answer")] if draft.kind == "example" else []
    return -(-sum(map(len, shown)) // _CHARS_PER_TOKEN)


def free_id(wish: str, taken: Iterable[str]) -> str:
    """`wish` as an item's id, with a number behind it where it is taken."""
    name, used = safe_name(wish, 60), set(taken)
    return next(found for found in (name, *(f"{name}-{number}" for number in range(2, 10_000))) if found not in used)


def _flat(value: Any) -> str:  # noqa: ANN401  a setting
    return (
        ",".join(sorted(map(str, value))) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
    )
