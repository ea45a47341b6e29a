"""Tools between the two wire formats."""

import pytest

from frmo.gateway.chat_tools import chat_messages, chat_tool, tool_use
from frmo.gateway.fault import ProviderFault
from frmo.model.completion import Message

SCHEMA = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}


def test_a_tool():
    assert chat_tool({"name": "shell", "description": "Run.", "input_schema": SCHEMA}) == {
        "type": "function",
        "function": {"name": "shell", "description": "Run.", "parameters": SCHEMA},
    }
    with pytest.raises(ProviderFault, match="no input schema"):
        chat_tool({"type": "bash_20250124", "name": "bash"})


def test_a_call_and_its_result_and_back():
    use = {"type": "tool_use", "id": "c1", "name": "shell", "input": {"command": "ls é"}}
    [asked] = chat_messages(Message("assistant", [{"type": "text", "text": "Let me look."}, use]))
    assert asked["content"] == "Let me look."
    assert tool_use(asked["tool_calls"][0]) == use
    result = {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "a.py"}]}
    assert chat_messages(Message("user", [result])) == [{"role": "tool", "tool_call_id": "c1", "content": "a.py"}]
    both = chat_messages(Message("user", [result, {"type": "text", "text": "Go on."}]))
    assert [message["role"] for message in both] == ["tool", "user"]


@pytest.mark.parametrize("arguments", ['{"command": "l', "nonsense"])
def test_torn_arguments_are_never_a_call(arguments):
    with pytest.raises(ProviderFault) as caught:
        tool_use({"id": "c1", "function": {"name": "shell", "arguments": arguments}})
    assert caught.value.code == "malformed-tool"
