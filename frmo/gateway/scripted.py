"""The scripted provider: answers from data, for tests, demos and dry runs. Costs nothing, starts nothing."""

import fnmatch
import json
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from frmo.errors import Interrupted
from frmo.gateway.caller import Caller, Spend
from frmo.gateway.fault import ProviderFault, Remedy, status_fault
from frmo.gateway.kinds import Setting
from frmo.gateway.provider import Provider
from frmo.gateway.size import free_ceiling, words
from frmo.model.completion import Completion, CompletionRequest
from frmo.model.state import Tokens

Script = Mapping[str, Any]


def find(script: Script, caller: Caller) -> Mapping[str, Any] | None:
    """The first entry of `script["replies"]` that is for `caller`, or None. An entry's missing fields match anything."""
    for entry in script.get("replies", ()):
        if _matches(entry, caller):
            found: Mapping[str, Any] = entry
            return found
    return None


def open_scripted(setting: Setting) -> Provider:
    """The provider of `setting.script`."""
    return ScriptedProvider(setting.script, setting.model or "script")


class ScriptedProvider:
    """Replies of a script. An entry's `turns` are the replies of a loop with tools, one after the other; past them "done".

    A `fault` strikes its first `times` calls (default 1) of a step, then the reply comes."""

    kind = "scripted"

    def __init__(self, script: Script, model: str = "script") -> None:
        self.model = model
        self._script = script
        self._struck: Counter[tuple[int, Caller]] = Counter()
        self._lock = threading.Lock()

    def complete(
        self, request: CompletionRequest, caller: Caller, timeout_s: float, cancel: threading.Event
    ) -> Completion:
        """The first matching reply, after its delay. Raises ProviderFault `no-scripted-reply` when none matches."""
        entry = find(self._script, caller)
        if entry is None:
            where = f"role {caller.role}, aspect {caller.aspect or '-'}, attempt {caller.attempt}"
            raise ProviderFault("no-scripted-reply", f"no reply for {where}", Remedy.GIVE_UP, provider_fault=False)
        entry = _at_turn(entry, request)
        _wait(float(entry.get("delay_s", 0.0)), timeout_s, cancel)
        if fault := self._fault(entry, caller):
            raise fault
        text = entry["text"] if "text" in entry else json.dumps(entry.get("json", {}), ensure_ascii=False)
        counts = entry.get("tokens", {})
        return Completion(
            text=text,
            stop_reason=entry.get("stop_reason", "tool_use" if _uses_tools(entry) else "end_turn"),
            model=self.model,
            tokens=Tokens(counts.get("input", words(request)), counts.get("output", len(text.split()))),
            content=_content(entry, text),
        )

    def ceiling(self, request: CompletionRequest) -> Spend:
        """Nothing in money; tokens by size."""
        return free_ceiling(request)

    def counted(self, request: CompletionRequest) -> Spend:
        """Words of the prompt and the allowed output: what a reply without `tokens` is charged at most."""
        return Spend(tokens=words(request) + request.max_tokens)

    def close(self) -> None:
        """Nothing to end."""

    def _fault(self, entry: Mapping[str, Any], caller: Caller) -> ProviderFault | None:
        fault = entry.get("fault")
        if not fault:
            return None
        with self._lock:
            key = (id(entry), caller)
            self._struck[key] += 1
            if self._struck[key] > fault.get("times", 1):
                return None
        status = fault["status"]
        if isinstance(status, int):
            after = {"retry-after": str(fault["retry_after"])} if "retry_after" in fault else {}
            return status_fault(status, f"scripted status {status}", after)
        codes = {"cut": "truncated", "html": "not-json", "timeout": "timeout"}
        return ProviderFault(codes.get(status, "unknown"), f"scripted fault {status}", spent=Spend())


def _at_turn(entry: Mapping[str, Any], request: CompletionRequest) -> Mapping[str, Any]:
    """The reply for where the loop stands: how many replies with tool calls the request holds already."""
    if "turns" not in entry:
        return entry
    turns: Sequence[Mapping[str, Any]] = entry["turns"]
    said = sum(message.role == "assistant" and not isinstance(message.content, str) for message in request.messages)
    now = turns[said] if said < len(turns) else {"text": "done"}
    return {**{name: value for name, value in entry.items() if name != "turns"}, **now}


def _uses_tools(entry: Mapping[str, Any]) -> bool:
    return any(block.get("type") == "tool_use" for block in entry.get("content", ()))


def _matches(entry: Mapping[str, Any], caller: Caller) -> bool:
    for name in ("role", "aspect", "attempt", "run"):
        if name in entry and entry[name] != getattr(caller, name):
            return False
    pattern = entry.get("task")
    return pattern is None or any(fnmatch.fnmatchcase(text, pattern) for text in (caller.task, caller.title))


def _wait(delay_s: float, timeout_s: float, cancel: threading.Event) -> None:
    if cancel.wait(min(delay_s, timeout_s)):
        raise Interrupted("cancelled during a completion")
    if delay_s > timeout_s:
        raise ProviderFault("timeout", f"no reply within {timeout_s:.1f} s")


def _content(entry: Mapping[str, Any], text: str) -> tuple[Mapping[str, Any], ...]:
    blocks: Sequence[Mapping[str, Any]] = entry.get("content", ())
    return tuple(blocks) or ({"type": "text", "text": text},)
