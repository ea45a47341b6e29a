"""A completion: what an agent asks a model for, and what came back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from frmo.model.state import Tokens


@dataclass(frozen=True)
class Message:
    """One turn. `role`: user or assistant. `content`: text, or a list of content blocks in the Messages API's shape."""

    role: str
    content: str | list[dict[str, Any]]


@dataclass(frozen=True)
class CompletionRequest:
    """What the gateway sends to a provider. `schema`: a JSON Schema the reply must meet, or None for free text."""

    messages: tuple[Message, ...]
    system: str = ""
    max_tokens: int = 1024
    stop: tuple[str, ...] = ()
    temperature: float | None = None
    seed: int | None = None
    schema: Mapping[str, Any] | None = None
    tools: tuple[Mapping[str, Any], ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data; the same request always gives the same data."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "CompletionRequest":
        """Read back `to_data`, or what an agent process sent. Raises TypeError or KeyError on a wrong shape."""
        return cls(
            **{
                **data,
                "messages": tuple(Message(item["role"], item["content"]) for item in data["messages"]),
                "stop": tuple(data.get("stop", ())),
                "tools": tuple(data.get("tools", ())),
            }
        )


@dataclass(frozen=True)
class Completion:
    """A whole reply. `stop_reason`: end_turn, stop_sequence, max_tokens, tool_use or refusal; never missing.

    `content`: the reply's blocks in the Messages API's shape, for tool loops. `cached`: answered from frmo's own cache.
    """

    text: str
    stop_reason: str
    model: str
    tokens: Tokens
    cost_usd: float = 0.0
    duration_s: float = 0.0
    content: tuple[Mapping[str, Any], ...] = ()
    cached: bool = False

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        return asdict(self)
