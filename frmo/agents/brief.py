"""A brief: everything one agent process is told, as the one JSON line it starts with."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from frmo.model.protocol import Protocol, for_attempt, in_scope, merged_contract
from frmo.model.task import Task

_MAX_ERRORS = 8


@dataclass(frozen=True)
class Brief:
    """What a role gets to see. `question`: what the aspect asks. `current` and `context`: path to text; `errors`: messages of the last attempt.

    `process`: what a scripted agent does besides answering. `context_chars`: room for the prompt's sections. `turns`:
    of an agent with tools; 0: one reply, no tools. `program`: a coding-agent program that does the work instead.
    """

    task: Task
    protocol: Protocol
    factors: Mapping[str, str]
    attempt: int = 1
    aspect: str = ""
    question: str = ""
    current: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)
    plan: Sequence[Mapping[str, Any]] = ()
    errors: Sequence[str] = ()
    actions: Sequence[str] = ()
    schema: Mapping[str, Any] | None = None
    process: Mapping[str, Any] | None = None
    context_chars: int | None = None
    turns: int = 0
    program: Mapping[str, Any] | None = None

    def heeded(self) -> Protocol:
        """The protocol with the items whose scope fires, contract items already laid over its contract."""
        items = tuple(item for item in self.protocol.items if in_scope(item, self.factors))
        contract = self.protocol.contract
        for item in items:
            if item.kind == "contract":
                contract = merged_contract(contract, item.contract)
        settings = for_attempt(self.protocol.settings, self.attempt)
        return replace(self.protocol, items=items, contract=contract, settings=settings)

    def to_line(self) -> dict[str, Any]:
        """The `start` message of `frmo.agents.inside.main`."""
        protocol = self.heeded()
        return {
            "type": "start",
            "role": protocol.role,
            "text": protocol.text,
            "contract": asdict(protocol.contract),
            "settings": asdict(protocol.settings),
            "items": [asdict(item) for item in protocol.items],
            "sections": list(protocol.sections),
            "task": {"title": self.task.title, "description": self.task.description, "files": list(self.task.files)},
            "aspect": self.aspect,
            "question": self.question,
            "current": dict(self.current),
            "context": dict(self.context),
            "plan": [dict(item) for item in self.plan],
            "errors": list(self.errors)[:_MAX_ERRORS],
            "actions": list(self.actions),
            "schema": self.schema,
            "process": self.process,
            "context_chars": self.context_chars,
            "turns": self.turns,
            "program": self.program,
        }
