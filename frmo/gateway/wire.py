"""The two wire formats, as data: Messages and chat completions, from a request and to a completion. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from frmo.gateway.caller import NOTHING
from frmo.gateway.chat_tools import chat_messages, chat_tool, tool_use
from frmo.gateway.fault import ProviderFault
from frmo.gateway.prices import Counts, Price
from frmo.model.completion import Completion, CompletionRequest
from frmo.model.state import Tokens

_NOT_ACCEPTED = frozenset(
    [
        "$schema",
        "$id",
        "minLength",
        "maxLength",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
        "patternProperties",
        "propertyNames",
    ]
)
_FINISH = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}


def messages_arguments(request: CompletionRequest, model: str) -> dict[str, Any]:
    """Body of a Messages API request. What is not asked for is left out: some models refuse sampling parameters."""
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": request.max_tokens,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
    }
    if request.system:
        body["system"] = request.system
    if request.stop:
        body["stop_sequences"] = list(request.stop)
    if request.tools:
        body["tools"] = [dict(tool) for tool in request.tools]
    if request.schema is not None:
        body["output_config"] = {"format": {"type": "json_schema", "schema": accepted_schema(request.schema)}}
    if request.temperature is not None:
        body["temperature"] = request.temperature
    return body


def accepted_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`schema` as the Messages API takes it: objects closed, limits on numbers, lengths and counts left out.

    The reply still has to pass the whole schema: whoever asked checks it.
    """
    kept: dict[str, Any] = {name: value for name, value in schema.items() if name not in _NOT_ACCEPTED}
    for name in ("properties", "$defs", "definitions"):
        if isinstance(kept.get(name), Mapping):
            kept[name] = {key: accepted_schema(inner) for key, inner in kept[name].items()}
    for name in ("anyOf", "allOf"):
        if name in kept:
            kept[name] = [accepted_schema(inner) for inner in kept[name]]
    if isinstance(kept.get("items"), Mapping):
        kept["items"] = accepted_schema(kept["items"])
    if "properties" in kept or kept.get("type") == "object":
        kept["additionalProperties"] = False
    return kept


def chat_arguments(request: CompletionRequest, model: str) -> dict[str, Any]:
    """Body of a chat completions request."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": request.system}] if request.system else []
    for message in request.messages:
        messages += chat_messages(message)
    body: dict[str, Any] = {"model": model, "messages": messages, "max_tokens": request.max_tokens}
    if request.tools:
        body["tools"] = [chat_tool(tool) for tool in request.tools]
    if request.stop:
        body["stop"] = list(request.stop)
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.seed is not None:
        body["seed"] = request.seed
    if request.schema is not None:
        named = {"name": "reply", "strict": True, "schema": dict(request.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    return body


def parsed(body: bytes) -> dict[str, Any]:
    """A reply's JSON object. Raises ProviderFault `not-json`: a page of some proxy cost nothing, a torn reply may have."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        page = body.lstrip()[:1] == b"<"
        start = body[:80].decode("utf-8", "replace")
        message = f"the reply is {'a web page' if page else 'not JSON'}: {start!r}"
        raise ProviderFault("not-json", message, spent=NOTHING if page else None) from None
    if not isinstance(data, dict):
        raise ProviderFault("malformed", f"the reply is a JSON {type(data).__name__}, not an object")
    return data


def messages_completion(data: Mapping[str, Any], model: str, price: Price) -> Completion:
    """Completion of a Messages API reply. Raises ProviderFault `malformed`, or the one an error object names."""
    if data.get("type") == "error" or "error" in data:
        raise ProviderFault("malformed", f"status 200 with an error: {json.dumps(data)[:200]}")
    try:
        usage = data["usage"]
        read, write = usage.get("cache_read_input_tokens") or 0, usage.get("cache_creation_input_tokens") or 0
        counts = Counts(usage["input_tokens"] + read + write, usage["output_tokens"], read, write)
        content = tuple(dict(block) for block in data["content"])
        text = "".join(block["text"] for block in content if block.get("type") == "text")
        return Completion(
            text=text,
            stop_reason=data.get("stop_reason") or "",
            model=model,
            tokens=Tokens(counts.input, counts.output, counts.cache_read),
            cost_usd=price.cost_usd(counts),
            content=content,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ProviderFault("malformed", f"not a reply of the Messages API: {error!r}") from error


def chat_completion(data: Mapping[str, Any], model: str, price: Price) -> Completion:
    """Completion of a chat completions reply. Its usage counts cached tokens as input already."""
    if "error" in data and "choices" not in data:
        raise ProviderFault("malformed", f"status 200 with an error: {json.dumps(data)[:200]}")
    try:
        choice, usage = data["choices"][0], data["usage"]
        message = choice["message"]
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        counts = Counts(usage["prompt_tokens"], usage["completion_tokens"], cached)
        text = message.get("content") or ""
        calls = tuple(tool_use(call) for call in message.get("tool_calls") or ())
        return Completion(
            text=text,
            stop_reason=_FINISH.get(choice.get("finish_reason") or "", ""),
            model=model,
            tokens=Tokens(counts.input, counts.output, counts.cache_read),
            cost_usd=price.cost_usd(counts),
            content=(*(({"type": "text", "text": text},) if text else ()), *calls),
        )
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise ProviderFault("malformed", f"not a chat completion: {error!r}") from error
