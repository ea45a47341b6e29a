"""The record of one completion: request, every call made for it, reply or failure. Redacted before anyone sees it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from frmo.gateway.caller import Caller
from frmo.gateway.redact import Redactor
from frmo.model.completion import Completion, CompletionRequest


@dataclass(frozen=True)
class Call:
    """One call to the provider. `started`: Unix seconds; `code` is 'ok' or the fault's; `wait_s`: the pause after it.

    `cost_usd` and `tokens`: what the budget was charged, the whole reservation where the outcome is unknown.
    """

    number: int
    started: float
    duration_s: float
    code: str
    message: str = ""
    wait_s: float = 0.0
    cost_usd: float = 0.0
    tokens: int = 0


@dataclass
class Record:
    """Grows while a completion is made; `to_data` is what `transcripts/<nn>.json` holds."""

    caller: Caller
    request: CompletionRequest
    provider: str
    model: str
    calls: list[Call] = field(default_factory=list)
    completion: Completion | None = None
    failure: Mapping[str, str] | None = None

    def to_data(self, redactor: Redactor) -> dict[str, Any]:
        """As `transcript.schema.json` has it, secrets replaced."""
        redacted: dict[str, Any] = redactor.data(
            {
                "caller": self.caller.to_data(),
                "request": self.request.to_data(),
                "provider": {"kind": self.provider, "model": self.model},
                "attempts": [asdict(call) for call in self.calls],
                "completion": self.completion.to_data() if self.completion else None,
                "failure": dict(self.failure) if self.failure else None,
            }
        )
        return redacted
