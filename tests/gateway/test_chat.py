"""The chat completions route against a real HTTP server on loopback."""

import httpx2
import pytest
from support.messages_server import MessagesServer, Play, plays, status

from frmo.gateway.chat import ChatRoute
from frmo.gateway.fault import ProviderFault, Remedy
from frmo.gateway.prices import Free
from frmo.model.completion import CompletionRequest, Message

REQUEST = CompletionRequest(
    (Message("user", "hi"), Message("assistant", "yes?"), Message("user", [{"type": "text", "text": "again"}])),
    system="Be kind.",
    max_tokens=9,
    stop=("END",),
    temperature=0.5,
    seed=3,
    schema={"type": "object"},
)


def complete(plan, never, request=REQUEST):
    with MessagesServer(plan) as server, httpx2.Client(trust_env=False) as client:
        route = ChatRoute(client, f"{server.url}/v1", {"authorization": "Bearer token"}, Free())
        return route.complete(request, "mine", "theirs", 5.0, never), server.seen


def test_what_is_sent_and_what_comes_back(never):
    reply, [seen] = complete(plays(Play(input_tokens=4, cache_read=6, stop_reason="max_tokens")), never)
    assert (seen.path, seen.headers["authorization"]) == ("/v1/chat/completions", "Bearer token")
    assert seen.body == {
        "model": "theirs",
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "yes?"},
            {"role": "user", "content": "again"},
        ],
        "max_tokens": 9,
        "stop": ["END"],
        "temperature": 0.5,
        "seed": 3,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "strict": True, "schema": {"type": "object"}},
        },
    }
    assert (reply.text, reply.model, reply.stop_reason) == ("hello", "mine", "max_tokens")
    assert (reply.tokens.input, reply.tokens.output, reply.tokens.cached) == (10, 5, 6)


@pytest.mark.parametrize(
    ("play", "code"),
    [
        (Play(fault="close"), "cut"),
        (Play(fault="cut"), "cut"),
        (Play(fault="torn"), "not-json"),
        (Play(fault="html"), "not-json"),
        (Play(fault="list"), "malformed"),
        (Play(fault="empty"), "malformed"),
        (Play(fault="error200"), "malformed"),
        (status(500), "http-500"),
        (status(429), "quota"),
    ],
)
def test_faults(play, code, never):
    with pytest.raises(ProviderFault) as caught:
        complete(plays(play), never)
    assert caught.value.code == code


def test_nobody_listens(never):
    with httpx2.Client(trust_env=False) as client, pytest.raises(ProviderFault) as caught:
        ChatRoute(client, "http://127.0.0.1:9/v1", {}, Free()).complete(REQUEST, "m", "m", 5.0, never)
    assert (caught.value.code, caught.value.remedy, caught.value.spent.usd) == ("connection", Remedy.RETRY, 0)


def test_a_missing_finish_reason_is_no_stop_reason(never):
    reply, _ = complete(plays(Play(stop_reason=None)), never)
    assert reply.stop_reason == ""
