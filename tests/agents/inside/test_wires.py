"""The two APIs as a server speaks them: translated there and back without loss."""

import json

from frmo.agents.inside import wires
from frmo.model.completion import CompletionRequest

CALL = {"type": "tool_use", "id": "c1", "name": "bash", "input": {"command": "ls"}}
ANSWER = {
    "text": "Look.",
    "stop_reason": "tool_use",
    "content": [{"type": "text", "text": "Look."}, CALL],
    "model": "toy",
    "tokens": {"input": 7, "output": 3, "cached": 0},
}
SCHEMA = {"type": "object", "properties": {"command": {"type": "string"}}}


def test_a_messages_body_becomes_a_request():
    body = {
        "model": "x",
        "max_tokens": 32000,
        "system": [
            {"type": "text", "text": "Be", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "good"},
        ],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        "tools": [{"name": "bash", "input_schema": SCHEMA}, {"type": "web_search_20250305", "name": "web_search"}],
        "stop_sequences": ["END"],
        "metadata": {"user_id": "u"},
    }
    request = CompletionRequest.from_data(wires.from_messages(body, 8000))
    assert (request.system, request.max_tokens, request.stop) == ("Be\ngood", 8000, ("END",))
    assert [tool["name"] for tool in request.tools] == ["bash"]


def test_a_chat_body_becomes_the_same_blocks():
    call = {"id": "c1", "type": "function", "function": {"name": "bash", "arguments": '{"command": "ls"}'}}
    body = {
        "messages": [
            {"role": "system", "content": "Be good"},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Look.", "tool_calls": [call, {**call, "id": "c2"}]},
            {"role": "tool", "tool_call_id": "c1", "content": "a.py"},
            {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "b.py"}]},
        ],
        "max_completion_tokens": 50,
        "stop": "END",
        "tools": [{"type": "function", "function": {"name": "bash", "parameters": SCHEMA}}],
    }
    request = CompletionRequest.from_data(wires.from_chat(body, 8000))
    assert (request.system, request.max_tokens, request.stop) == ("Be good", 50, ("END",))
    assert request.messages[1].content == [{"type": "text", "text": "Look."}, CALL, {**CALL, "id": "c2"}]
    assert request.messages[2].content == [
        {"type": "tool_result", "tool_use_id": "c1", "content": "a.py"},
        {"type": "tool_result", "tool_use_id": "c2", "content": "b.py"},
    ]
    assert request.tools[0]["input_schema"] == SCHEMA


def test_a_stream_of_events_holds_the_whole_reply():
    events = [json.loads(event.split(b"data: ")[1]) for event in wires.messages_events(ANSWER)]
    assert [event["type"] for event in events] == [
        "message_start", "content_block_start", "content_block_delta", "content_block_stop",
        "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop",
    ]  # fmt: skip
    assert events[2]["delta"]["text"] == "Look."
    assert json.loads(events[5]["delta"]["partial_json"]) == CALL["input"]
    assert events[7]["delta"]["stop_reason"] == "tool_use"
    assert wires.to_messages(ANSWER)["content"] == ANSWER["content"]


def test_a_stream_of_chunks_holds_the_whole_reply():
    lines = [event.decode().removeprefix("data: ").strip() for event in wires.chat_events(ANSWER)]
    assert lines[-1] == "[DONE]"
    first, second, usage = (json.loads(line) for line in lines[:-1])
    [call] = first["choices"][0]["delta"]["tool_calls"]
    assert (call["index"], call["id"], json.loads(call["function"]["arguments"])) == (0, "c1", CALL["input"])
    assert second["choices"][0]["finish_reason"] == "tool_calls"
    assert usage["usage"]["total_tokens"] == 10
    whole = wires.to_chat(ANSWER)["choices"][0]
    assert (whole["message"]["content"], whole["finish_reason"]) == ("Look.", "tool_calls")
