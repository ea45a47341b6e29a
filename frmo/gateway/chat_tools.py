"""Tools between the two wire formats: the Messages API's blocks, which frmo keeps, and chat completions' calls. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from frmo.gateway.fault import ProviderFault, Remedy
from frmo.model.completion import Message


def chat_tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    """One tool as chat completions take it. Raises ProviderFault for a tool that only its own provider knows."""
    if "input_schema" not in tool:
        what = f"the tool {tool.get('name')!r} has no input schema, which this endpoint needs"
        raise ProviderFault("bad-request", what, Remedy.GIVE_UP, provider_fault=False)
    function = {"name": tool["name"], "parameters": tool["input_schema"]}
    if tool.get("description"):
        function["description"] = tool["description"]
    return {"type": "function", "function": function}


def chat_messages(message: Message) -> list[dict[str, Any]]:
    """One message as one or more: tool results each become a message of their own, in front of the rest."""
    if isinstance(message.content, str):
        return [{"role": message.role, "content": message.content}]
    blocks = message.content
    results = [
        {"role": "tool", "tool_call_id": block["tool_use_id"], "content": _text(block.get("content", ""))}
        for block in blocks
        if block.get("type") == "tool_result"
    ]
    calls = [_call(block) for block in blocks if block.get("type") == "tool_use"]
    text = _text([block for block in blocks if block.get("type") == "text"])
    rest: dict[str, Any] = {"role": message.role, "content": text}
    if calls:
        rest["tool_calls"] = calls
    return [*results, rest] if text or calls or not results else results


def tool_use(call: Mapping[str, Any]) -> dict[str, Any]:
    """A chat completion's tool call as a block. Raises ProviderFault `malformed-tool` where its arguments are torn."""
    function = call["function"]
    arguments = function.get("arguments") or "{}"
    try:
        content = json.loads(arguments) if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError):
        what = f"the arguments of {function.get('name')!r} are not JSON: {str(arguments)[:80]!r}"
        raise ProviderFault("malformed-tool", what) from None
    return {"type": "tool_use", "id": call.get("id") or "call", "name": function["name"], "input": content}


def _call(block: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": block["name"], "arguments": json.dumps(block["input"], ensure_ascii=False)}
    return {"id": block["id"], "type": "function", "function": function}


def _text(content: Any) -> str:  # noqa: ANN401  text, or blocks of which text ones count
    if isinstance(content, str):
        return content
    return "\n".join(str(block.get("text", "")) for block in content if block.get("type") == "text")
