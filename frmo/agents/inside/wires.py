"""The Messages and the chat completions API as a server speaks them: requests in, replies and streams out. Pure.

`request`: plain data in the shape of `CompletionRequest`. `answer`: what the worker sent back for it.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False  # importing `typing` would cost every agent process 2 ms
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_FINISH = {"max_tokens": "length", "tool_use": "tool_calls", "refusal": "content_filter"}


def from_messages(body: dict[str, Any], most: int) -> dict[str, Any]:
    """Request of a Messages API body; `most`: cap of `max_tokens`. Tools that only the provider could run are left out."""
    return {
        "system": _text(body.get("system", "")),
        "messages": [{"role": item["role"], "content": item["content"]} for item in body["messages"]],
        "max_tokens": min(int(body.get("max_tokens", most)), most),
        "stop": list(body.get("stop_sequences") or ()),
        "temperature": body.get("temperature"),
        "tools": [_tool(tool, tool) for tool in body.get("tools") or () if "input_schema" in tool],
    }


def from_chat(body: dict[str, Any], most: int) -> dict[str, Any]:
    """Request of a chat completions body."""
    system: list[str] = []
    messages: list[dict[str, Any]] = []
    for item in body["messages"]:
        if item["role"] in ("system", "developer"):
            system.append(_text(item.get("content")))
        elif item["role"] == "tool":
            result = {"type": "tool_result", "tool_use_id": item["tool_call_id"], "content": _text(item.get("content"))}
            if messages and messages[-1]["role"] == "user" and isinstance(messages[-1]["content"], list):
                messages[-1]["content"].append(result)
            else:
                messages.append({"role": "user", "content": [result]})
        else:
            messages.append({"role": item["role"], "content": _said(item)})
    stop = body.get("stop") or []
    return {
        "system": "\n\n".join(system),
        "messages": messages,
        "max_tokens": min(int(body.get("max_completion_tokens") or body.get("max_tokens") or most), most),
        "stop": [stop] if isinstance(stop, str) else list(stop),
        "temperature": body.get("temperature"),
        "seed": body.get("seed"),
        "tools": [_tool(tool["function"], {"input_schema": tool["function"].get("parameters") or {"type": "object"}})
                  for tool in body.get("tools") or () if tool.get("type") == "function"],
    }  # fmt: skip


def to_messages(answer: dict[str, Any]) -> dict[str, Any]:
    """A reply of the Messages API."""
    tokens = answer["tokens"]
    return {
        "id": "msg_frmo",
        "type": "message",
        "role": "assistant",
        "model": answer["model"],
        "content": answer["content"],
        "stop_reason": answer["stop_reason"],
        "stop_sequence": None,
        "usage": {"input_tokens": tokens["input"], "output_tokens": tokens["output"]},
    }


def to_chat(answer: dict[str, Any]) -> dict[str, Any]:
    """A reply of the chat completions API."""
    tokens = answer["tokens"]
    message: dict[str, Any] = {"role": "assistant", "content": answer["text"] or None}
    if calls := _calls(answer):
        message["tool_calls"] = calls
    finish = _FINISH.get(answer["stop_reason"], "stop")
    usage = {
        "prompt_tokens": tokens["input"],
        "completion_tokens": tokens["output"],
        "total_tokens": tokens["input"] + tokens["output"],
    }
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {**_chat_head(answer, "chat.completion"), "choices": [choice], "usage": usage}


def messages_events(answer: dict[str, Any]) -> Iterable[bytes]:
    """The same reply as the events of a stream."""
    reply = to_messages(answer)
    start = {**reply, "content": [], "stop_reason": None, "usage": {**reply["usage"], "output_tokens": 0}}
    yield _event({"type": "message_start", "message": start})
    for index, block in enumerate(reply["content"]):
        if block["type"] == "tool_use":
            empty: dict[str, Any] = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        else:
            empty, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block.get("text", "")}
        yield _event({"type": "content_block_start", "index": index, "content_block": empty})
        yield _event({"type": "content_block_delta", "index": index, "delta": delta})
        yield _event({"type": "content_block_stop", "index": index})
    end = {"stop_reason": reply["stop_reason"], "stop_sequence": None}
    yield _event({"type": "message_delta", "delta": end, "usage": {"output_tokens": reply["usage"]["output_tokens"]}})
    yield _event({"type": "message_stop"})


def chat_events(answer: dict[str, Any]) -> Iterable[bytes]:
    """The same reply as the chunks of a stream."""
    reply = to_chat(answer)
    [choice] = reply["choices"]
    head = _chat_head(answer, "chat.completion.chunk")
    message = dict(choice["message"])
    if "tool_calls" in message:
        message["tool_calls"] = [{"index": number, **call} for number, call in enumerate(message["tool_calls"])]
    for delta, finish in ((message, None), ({}, choice["finish_reason"])):
        chunk = {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        yield b"data: " + json.dumps(chunk).encode() + b"\n\n"
    yield b"data: " + json.dumps({**head, "choices": [], "usage": reply["usage"]}).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"


def _said(item: dict[str, Any]) -> str | list[dict[str, Any]]:
    """Content of a chat message: text, or blocks where it calls tools."""
    text = _text(item.get("content"))
    calls = item.get("tool_calls") or []
    if not calls:
        return text
    blocks: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
    for call in calls:
        given = json.loads(call["function"].get("arguments") or "{}")
        blocks.append({"type": "tool_use", "id": call["id"], "name": call["function"]["name"], "input": given})
    return blocks


def _tool(named: dict[str, Any], shaped: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": named["name"],
        "description": named.get("description") or "",
        "input_schema": shaped["input_schema"],
    }


def _calls(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": block["id"],
            "type": "function",
            "function": {"name": block["name"], "arguments": json.dumps(block["input"])},
        }
        for block in answer["content"]
        if block["type"] == "tool_use"
    ]


def _text(content: Any) -> str:  # noqa: ANN401  text, blocks, or nothing
    if isinstance(content, list):
        return "\n".join(str(block.get("text", "")) for block in content if block.get("type") in ("text", "input_text"))
    return content or ""


def _chat_head(answer: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-frmo", "object": kind, "created": 0, "model": answer["model"]}


def _event(data: dict[str, Any]) -> bytes:
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode()
