"""What may be used of a reply, by table."""

import pytest

from frmo.gateway.fault import ProviderFault, Remedy
from frmo.gateway.reply import check
from frmo.model.completion import Completion, CompletionRequest, Message
from frmo.model.state import Tokens

PLAIN = CompletionRequest((Message("user", "hi"),))
BY_SCHEMA = CompletionRequest(PLAIN.messages, schema={"type": "object"})
SCHEMA = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}
WITH_TOOLS = CompletionRequest(PLAIN.messages, tools=({"name": "shell", "input_schema": SCHEMA}, {"name": "bash"}))


def use(name="shell", **content):
    return {"type": "tool_use", "id": "c1", "name": name, "input": content}


@pytest.mark.parametrize(
    ("request_", "reason", "content", "code", "remedy"),
    [
        (PLAIN, "end_turn", (), None, None),
        (PLAIN, "max_tokens", (), None, None),
        (PLAIN, "refusal", (), None, None),
        (PLAIN, "", (), "truncated", Remedy.RETRY),
        (PLAIN, "pause_turn", (), "truncated", Remedy.RETRY),
        (PLAIN, "model_context_window_exceeded", (), "context-exceeded", Remedy.GIVE_UP),
        (BY_SCHEMA, "end_turn", (), None, None),
        (BY_SCHEMA, "max_tokens", (), "max-tokens", Remedy.GIVE_UP),
        (BY_SCHEMA, "refusal", (), "refusal", Remedy.GIVE_UP),
        (WITH_TOOLS, "end_turn", (), None, None),
        (WITH_TOOLS, "tool_use", (use(command="ls"),), None, None),
        (WITH_TOOLS, "tool_use", (use("bash", anything=1),), None, None),
        (WITH_TOOLS, "max_tokens", (use(command="rm -rf"),), "max-tokens", Remedy.GIVE_UP),
        (WITH_TOOLS, "end_turn", (use(command="ls"),), "truncated", Remedy.RETRY),
        (WITH_TOOLS, "tool_use", (), "truncated", Remedy.RETRY),
        (WITH_TOOLS, "tool_use", (use(),), "malformed-tool", Remedy.RETRY),
        (WITH_TOOLS, "tool_use", (use(command=5),), "malformed-tool", Remedy.RETRY),
        (WITH_TOOLS, "tool_use", (use("launch"),), "malformed-tool", Remedy.RETRY),
        (WITH_TOOLS, "tool_use", ({**use(), "input": "ls"},), "malformed-tool", Remedy.RETRY),
        (WITH_TOOLS, "tool_use", (use(command="ls"), use(command=None)), "malformed-tool", Remedy.RETRY),
    ],
)
def test_check(request_, reason, content, code, remedy):
    reply = Completion("text", reason, "m", Tokens(5, 1), 0.25, content=content)
    if code is None:
        assert check(request_, reply) is None
        return
    with pytest.raises(ProviderFault) as caught:
        check(request_, reply)
    assert (caught.value.code, caught.value.remedy) == (code, remedy)
    assert (caught.value.spent.usd, caught.value.spent.tokens) == (0.25, 6)  # it was paid for all the same
