"""The tutor: the learner role, a fresh sandboxed agent process that writes one checklist item against a pattern."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frmo.agents.brief import Brief
from frmo.agents.exchange import run_agent
from frmo.errors import CompletionFailed, UsageFault
from frmo.gateway.caller import Caller
from frmo.gateway.gateway import Gateway
from frmo.learn.draft import Draft, default_scope
from frmo.learn.recurrence import Recurrence
from frmo.model.names import safe_name
from frmo.model.protocol import Protocol
from frmo.model.task import Task
from frmo.sandbox.program import Sandbox
from frmo.schema.fit import misfit

_SHOWN = 6
_CHARS = 400
_KINDS = ("instruction", "example", "contract")
_TEXT = {"type": "string", "maxLength": 2000}
REPLY: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "insight": {**_TEXT, "minLength": 1},
        "item": {
            "type": "object",
            "properties": {
                "id": {"type": "string", "minLength": 1, "maxLength": 80},
                "kind": {"enum": list(_KINDS)},
                "text": _TEXT,
                "contract": {"type": "object"},
                "scope": {"type": "object"},
            },
            "required": ["id", "kind"],
            "additionalProperties": False,
        },
        "replaces": {"type": "string", "maxLength": 80},
    },
    "required": ["insight", "item"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Tutor:
    """Asks one kind of agent. `protocol`: of the learner role. `python`: interpreter of its process."""

    gateway: Gateway
    sandbox: Sandbox
    python: Path
    kind: str
    protocol: Protocol
    cancel: threading.Event

    def draft(self, about: Recurrence, executor: Protocol) -> Draft:
        """What the learner proposes. Raises UsageFault when its answer can't be used, and what stops every completion."""
        settings = self.protocol.settings
        name = f"learner-{about.pattern.fingerprint[:8]}"
        caller = Caller(task=name, role="learner", kind=self.kind, title=about.signature)
        brief = Brief(
            _task(name, about, executor), self.protocol, {"role": "learner", "agent": self.kind}, schema=REPLY
        )
        outcome = run_agent(
            brief,
            self.sandbox,
            lambda request: self.gateway.complete(request, caller, deadline_s=settings.deadline_s, cancel=self.cancel),
            self.cancel,
            python=self.python,
        )
        if outcome.provider_fault:
            raise CompletionFailed(outcome.code, outcome.message, provider_fault=True)
        if outcome.output is None:
            raise UsageFault(f"the learner's answer can't be used: {outcome.message}")
        return draft_of(outcome.output, about, executor)


def draft_of(reply: Mapping[str, Any], about: Recurrence, executor: Protocol) -> Draft:
    """The draft that a reply is. Raises UsageFault naming what of it breaks the schema.

    Scope beyond the domain is dropped: a trial needs tasks in scope that can't show the pattern.
    """
    if wrong := misfit(REPLY, reply):
        raise UsageFault(f"the learner's answer can't be used: {wrong}")
    item, replaces = reply["item"], str(reply.get("replaces", ""))
    known = {old.id for old in executor.items}
    return Draft(
        id=replaces if replaces in known else safe_name(item["id"], 60),
        kind=item["kind"],
        cause=" ".join(str(reply["insight"]).split())[:1000],
        text=str(item.get("text", "")).strip() if item["kind"] != "contract" else "",
        contract=item.get("contract", {}) if item["kind"] != "instruction" else {},
        scope=default_scope(about),
        replaces=replaces if replaces in known else "",
    )


def _task(name: str, about: Recurrence, executor: Protocol) -> Task:
    """The pattern as a task's text: what recurs, examples, and what the agents are told now."""
    pattern = about.pattern
    shown = [
        f"- {row.message.strip()[:_CHARS]}\n  {row.excerpt.strip()[:_CHARS]}".rstrip()
        for row in about.examples[:_SHOWN]
    ]
    items = [
        f"- {item.id}: {item.text or json.dumps(dict(item.contract), ensure_ascii=False)}" for item in executor.items
    ]
    parts = [
        f"It occurs in {pattern.support} of {pattern.exposed} tasks with {pattern.factor} {pattern.value!r}, level {about.level}.",
        "Examples:\n" + "\n".join(shown),
        f"The protocol of the agents that make it:\n{executor.text.strip()}",
        "Its checklist items:\n" + ("\n".join(items) or "none"),
    ]
    return Task(name, "", {}, title=f"This error recurs: {about.signature}", description="\n\n".join(parts))
