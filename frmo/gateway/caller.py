"""Who asks for a completion, and what it spent: the two facts that budget, transcript and provider share."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Caller:
    """One step of one task. `kind`: the agent kind, which picks the provider; `model` None: that kind's default.

    `title`: the task's title. `attempt` counts from 1. `aspect`: an analyzer's, else ''.
    """

    task: str
    role: str
    kind: str
    run: int = 1
    title: str = ""
    aspect: str = ""
    attempt: int = 1
    model: str | None = None

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        return asdict(self)


@dataclass(frozen=True)
class Spend:
    """US dollars, tokens (input and output together) and seconds of model time."""

    usd: float = 0.0
    tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Spend") -> "Spend":
        return Spend(self.usd + other.usd, self.tokens + other.tokens, self.seconds + other.seconds)


NOTHING = Spend()
