"""Whether a reply is whole and usable, or a fault that only looks like a reply."""

from frmo.gateway.caller import Spend
from frmo.gateway.fault import ProviderFault, Remedy
from frmo.model.completion import Completion, CompletionRequest

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
    calls = any(block.get("type") == "tool_use" for block in completion.content)
    if calls != (reason == "tool_use"):
        raise ProviderFault("truncated", f"tool calls and stop reason {reason} don't agree", spent=spent)


def _final(code: str, message: str, spent: Spend) -> ProviderFault:
    return ProviderFault(code, message, Remedy.GIVE_UP, spent=spent, provider_fault=False)
