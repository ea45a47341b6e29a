"""Whether a reply is whole and usable, or a fault that only looks like a reply."""

from collections.abc import Mapping
from typing import Any

from frmo.gateway.caller import Spend
from frmo.gateway.fault import ProviderFault, Remedy
from frmo.model.completion import Completion, CompletionRequest
from frmo.schema.fit import misfit

WHOLE = frozenset({"end_turn", "stop_sequence", "max_tokens", "tool_use", "refusal"})


def check(request: CompletionRequest, completion: Completion) -> None:
    """Raise ProviderFault where the reply can't be used: no stop reason, or cut where all of it is needed."""
    spent = Spend(completion.cost_usd, completion.tokens.total)
    reason = completion.stop_reason
    if reason == "model_context_window_exceeded":
        raise _final("context-exceeded", "prompt and reply together pass the model's context", spent)
    if reason not in WHOLE:
        raise ProviderFault(
            "truncated", f"the reply ended without a known stop reason ({reason or 'none'})", spent=spent
        )
    needs_all = request.schema is not None or bool(request.tools)
    if needs_all and reason == "max_tokens":
        raise _final("max-tokens", f"the reply was cut at {request.max_tokens} tokens; raise max_tokens", spent)
    if request.schema is not None and reason == "refusal":
        raise _final("refusal", "the model refused", spent)
    calls = [block for block in completion.content if block.get("type") == "tool_use"]
    if bool(calls) != (reason == "tool_use"):
        raise ProviderFault("truncated", f"tool calls and stop reason {reason} don't agree", spent=spent)
    for call in calls:
        if wrong := _wrong_call(request, call):
            raise ProviderFault("malformed-tool", wrong, spent=spent)


def _wrong_call(request: CompletionRequest, call: Mapping[str, Any]) -> str | None:
    """Why a tool call may not run: no such tool, or input that doesn't fit its schema."""
    tool = next((tool for tool in request.tools if tool.get("name") == call.get("name")), None)
    if tool is None:
        return f"the reply calls a tool that it was not given: {str(call.get('name'))[:60]!r}"
    if not isinstance(call.get("input"), Mapping):
        return f"the input of tool {tool['name']} is not an object"
    wrong = misfit(tool.get("input_schema", {}), call["input"])  # the provider's own tools bring no schema along
    return f"the input of tool {tool['name']} does not fit: {wrong}" if wrong else None


def _final(code: str, message: str, spent: Spend) -> ProviderFault:
    return ProviderFault(code, message, Remedy.GIVE_UP, spent=spent, provider_fault=False)
