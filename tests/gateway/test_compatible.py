"""The openai kind, against a loopback endpoint and against the local server's own route."""

import os
import threading
import time
from pathlib import Path

import pytest
from support.messages_server import MessagesServer, Play, plays, status
from support.weights import real_weights_folder

from frmo.errors import CompletionFailed, ProviderUnavailable
from frmo.gateway.caller import Caller
from frmo.gateway.llama import LlamaServer, ServerSetting
from frmo.gateway.opening import open_gateway
from frmo.gateway.retry import Policy
from frmo.gateway.weights import DEFAULT
from frmo.model.completion import CompletionRequest, Message
from frmo.model.config import AgentProfile, Config

CALLER = Caller("hello-00000000", "executor", "openai")
REQUEST = CompletionRequest((Message("user", "Say hello."),), max_tokens=20, temperature=0.0)
SHELL = {"name": "shell", "description": "Run.", "input_schema": {"type": "object", "required": ["command"]}}


def door(url, model="gpt-4o-mini", env=None, **more):
    config = Config(agents={"openai": AgentProfile(model=model, base_url=url)})
    policy = Policy(tries=3, backoff_s=0.001)
    return open_gateway(config, env=env or {}, weights=Path("none"), now=time.time, policy=policy, **more)


def test_a_listed_model_is_priced_wherever_it_runs():
    play = Play(input_tokens=1_000, output_tokens=100, cache_read=500)
    with MessagesServer(plays(play)) as server, door(f"{server.url}/v1", env={"OPENAI_API_KEY": "k" * 9}) as gate:
        reply = gate.complete(REQUEST, CALLER)
    assert server.seen[0].headers["authorization"] == "Bearer " + "k" * 9
    assert (reply.text, reply.tokens.input, reply.tokens.cached) == ("hello", 1_500, 500)
    assert reply.cost_usd == pytest.approx((1_000 * 0.15 + 500 * 0.075 + 100 * 0.6) / 1e6)


def test_an_own_server_needs_neither_key_nor_price():
    with MessagesServer() as server, door(f"{server.url}/v1", "my-own") as gate:
        assert gate.complete(REQUEST, CALLER).cost_usd == 0
    assert "authorization" not in server.seen[0].headers


@pytest.mark.parametrize(
    ("model", "url", "env", "says"),
    [
        (None, None, {}, "set agents.openai.model"),
        ("gpt-4o-mini", None, {}, "set OPENAI_API_KEY"),
        ("gpt-unheard", None, {"OPENAI_API_KEY": "k"}, "no price is known"),
        ("gpt-4o-mini", "https://models.example.org/v1", {"OPENAI_API_KEY": "k"}, "no price is known"),
    ],
)
def test_what_is_missing_is_named(model, url, env, says):
    with pytest.raises(ProviderUnavailable, match=says):
        door(url, model, env).complete(REQUEST, CALLER)


def test_faults_are_tried_again():
    with MessagesServer(plays(status(500), Play(fault="html"), Play())) as server, door(server.url, "own") as gate:
        assert gate.complete(REQUEST, CALLER).text == "hello"
    assert len(server.seen) == 3


def test_a_tool_call_comes_as_a_block_and_a_torn_one_never():
    def call(arguments):
        function = {"name": "shell", "arguments": arguments}
        return Play(text="", stop_reason="tool_use", content=[{"id": "c1", "type": "function", "function": function}])

    asked = CompletionRequest(REQUEST.messages, tools=(SHELL,))
    plan = plays(call('{"command": "l'), call("{}"), call('{"command": "ls"}'))
    with MessagesServer(plan) as server, door(server.url, "own") as gate:
        seen = []
        reply = gate.complete(asked, CALLER, sink=seen.append)
    assert server.seen[0].body["tools"][0]["function"]["name"] == "shell"
    assert [call["code"] for call in seen[0]["attempts"]] == ["malformed-tool", "malformed-tool", "ok"]
    assert reply.stop_reason == "tool_use"
    assert reply.content == ({"type": "tool_use", "id": "c1", "name": "shell", "input": {"command": "ls"}},)
    failed = pytest.raises(CompletionFailed)
    with MessagesServer(plays(call('{"command": "l'))) as server, door(server.url, "own") as gate, failed as caught:
        gate.complete(asked, CALLER)
    assert caught.value.code == "malformed-tool"


@pytest.mark.model
def test_the_local_servers_route_is_an_endpoint_like_any():
    weights = real_weights_folder() / DEFAULT.file
    server = LlamaServer(ServerSetting(weights, slots=1, context_tokens=256, env=dict(os.environ)))
    try:
        address = server.address(threading.Event())
        with door(f"{address.url}/v1", "smollm2", {"OPENAI_API_KEY": address.token}) as gate:
            reply = gate.complete(REQUEST, CALLER)
        refused = pytest.raises(ProviderUnavailable, match="openai")
        with door(f"{address.url}/v1", "smollm2", {"OPENAI_API_KEY": "wrong"}) as gate, refused:
            gate.complete(REQUEST, CALLER)
    finally:
        server.close()
    assert reply.text
    assert (reply.model, reply.cost_usd) == ("smollm2", 0.0)
