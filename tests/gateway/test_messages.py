"""The anthropic kind against a real HTTP server on loopback: what it sends, what it makes of replies and faults."""

import threading
import time
from pathlib import Path

import pytest
from support.messages_server import MessagesServer, Play, plays, status

from frmo.errors import BudgetExceeded, CompletionFailed, Interrupted, ProviderUnavailable
from frmo.gateway.caller import Caller
from frmo.gateway.opening import open_gateway
from frmo.gateway.retry import Policy
from frmo.model.completion import CompletionRequest, Message
from frmo.model.config import AgentProfile, Config
from frmo.model.task import Budget

REQUEST = CompletionRequest((Message("user", "Say hello to everyone here."),), max_tokens=100)
CALLER = Caller("hello-00000000", "executor", "anthropic")
QUICK = Policy(tries=3, backoff_s=0.001, overload_s=0.001, max_wait_s=1.0)
MODEL = "claude-haiku-4-5"  # $1 in, $5 out, $0.1 cache read, $1.25 cache write, each per million tokens


def door(server, *, model=MODEL, policy=QUICK, key="sk-test-key-123456", **more):
    config = Config(agents={"anthropic": AgentProfile(model=model, base_url=server.url)}, **more)
    env = {"ANTHROPIC_API_KEY": key}
    return open_gateway(config, env=env, weights=Path("none"), now=time.time, policy=policy)


def test_what_is_sent_and_what_comes_back():
    request = CompletionRequest(
        REQUEST.messages,
        system="Be kind.",
        max_tokens=77,
        stop=("END",),
        temperature=0.0,
        schema={"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}},
    )
    play = Play(text='{"n": 1}', stop_reason="stop_sequence")
    with MessagesServer(plays(play)) as server, door(server) as gate:
        reply = gate.complete(request, CALLER)
    [seen] = server.seen
    assert seen.path == "/v1/messages"
    assert "sk-test-key-123456" in seen.headers.get("authorization", "") + seen.headers.get("x-api-key", "")
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": False}
    assert seen.body == {
        "model": MODEL,
        "max_tokens": 77,
        "system": "Be kind.",
        "stop_sequences": ["END"],
        "temperature": 0.0,
        "messages": [{"role": "user", "content": "Say hello to everyone here."}],
        "output_config": {"format": {"type": "json_schema", "schema": schema}},
    }
    assert (reply.text, reply.stop_reason, reply.model) == ('{"n": 1}', "stop_sequence", MODEL)


def test_nothing_is_sent_that_was_not_asked_for():
    with MessagesServer() as server, door(server) as gate:
        gate.complete(REQUEST, CALLER)
    assert set(server.seen[0].body) == {"model", "max_tokens", "messages"}


def test_cost_counts_cached_tokens_at_their_own_prices():
    play = Play(input_tokens=1_000, cache_read=10_000, cache_write=2_000, output_tokens=100)
    with MessagesServer(plays(play)) as server, door(server) as gate:
        reply = gate.complete(REQUEST, CALLER)
    assert (reply.tokens.input, reply.tokens.output, reply.tokens.cached) == (13_000, 100, 10_000)
    assert reply.cost_usd == pytest.approx((1_000 * 1 + 10_000 * 0.1 + 2_000 * 1.25 + 100 * 5) / 1e6)
    assert gate.spent().usd == pytest.approx(reply.cost_usd)


@pytest.mark.parametrize(
    ("play", "code"),
    [
        pytest.param(status(500), "http-500", id="500"),
        pytest.param(status(502), "http-502", id="502"),
        pytest.param(status(408), "http-408", id="408"),
        pytest.param(Play(fault="close"), "cut", id="closed"),
        pytest.param(Play(fault="cut"), "cut", id="cut"),
        pytest.param(Play(fault="torn"), "not-json", id="torn"),
        pytest.param(Play(fault="html"), "not-json", id="html"),
        pytest.param(Play(fault="list"), "malformed", id="list"),
        pytest.param(Play(fault="empty"), "malformed", id="empty"),
        pytest.param(Play(fault="error200"), "malformed", id="error-with-200"),
        pytest.param(Play(stop_reason=None), "truncated", id="no-stop-reason"),
        pytest.param(Play(stop_reason="napping"), "truncated", id="unknown-stop-reason"),
        pytest.param(
            Play(content=[{"type": "tool_use", "id": "1", "name": "sh", "input": {}}]), "truncated", id="tool"
        ),
        pytest.param(Play(content=["odd"]), "malformed", id="odd-block"),
    ],
)
def test_a_fault_of_the_moment_is_tried_again(play, code):
    with MessagesServer(plays(play, Play())) as server, door(server) as gate:
        seen = []
        assert gate.complete(REQUEST, CALLER, sink=seen.append).text == "hello"
    assert [call["code"] for call in seen[0]["attempts"]] == [code, "ok"]


@pytest.mark.parametrize("code", [429, 529])
def test_quota_and_overload_are_waited_for(code):
    plan = plays(*[status(code, retry_after="0.01")] * 6, Play())
    with MessagesServer(plan) as server, door(server) as gate:
        seen = []
        assert gate.complete(REQUEST, CALLER, sink=seen.append).text == "hello"
    assert len(seen[0]["attempts"]) == 7
    assert seen[0]["attempts"][0]["wait_s"] == pytest.approx(0.01)


def test_a_wrong_key_is_not_tried_again():
    refused = pytest.raises(ProviderUnavailable, match="status 401")
    with MessagesServer(plays(status(401))) as server, door(server) as gate, refused:
        gate.complete(REQUEST, CALLER)
    assert len(server.seen) == 1


def test_a_bad_request_is_not_tried_again():
    refused = pytest.raises(CompletionFailed)
    with MessagesServer(plays(status(400))) as server, door(server) as gate, refused as caught:
        gate.complete(REQUEST, CALLER)
    assert (caught.value.code, caught.value.provider_fault, len(server.seen)) == ("bad-request", False, 1)


def test_a_cut_reply_is_an_error_where_all_of_it_is_needed():
    cut = Play(text='{"n":', stop_reason="max_tokens")
    asked = CompletionRequest(REQUEST.messages, max_tokens=100, schema={"type": "object"})
    with MessagesServer(plays(cut)) as server, door(server) as gate:
        with pytest.raises(CompletionFailed) as caught:
            gate.complete(asked, CALLER)
        assert gate.complete(REQUEST, CALLER).stop_reason == "max_tokens"
    assert caught.value.code == "max-tokens"


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_reply_that_never_ends_stops_at_the_deadline(fault):
    began = time.monotonic()
    failed = pytest.raises(CompletionFailed)
    with MessagesServer(plays(Play(fault=fault))) as server, door(server) as gate, failed as caught:
        gate.complete(REQUEST, CALLER, deadline_s=0.5)
    assert caught.value.code == "timeout"
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("play", [Play(fault="hang"), Play(fault="drip"), status(429, retry_after=120)])
def test_cancel_ends_it_within_two_seconds(play):
    cancel, asked = threading.Event(), []
    timer = threading.Timer(0.3, lambda: (asked.append(time.monotonic()), cancel.set()))
    with MessagesServer(plays(play)) as server, door(server, policy=Policy()) as gate:
        gate.prepare("anthropic")
        timer.start()
        with pytest.raises(Interrupted):
            gate.complete(REQUEST, CALLER, cancel=cancel)
        assert time.monotonic() - asked[0] < 2


def test_a_call_that_hangs_leaves_time_for_another():
    policy = Policy(tries=2, call_s=0.3, backoff_s=0.001)
    with MessagesServer(plays(Play(fault="hang"), Play())) as server, door(server, policy=policy) as gate:
        assert gate.complete(REQUEST, CALLER, deadline_s=60).text == "hello"
    assert len(server.calls) == 2


def test_a_lost_call_is_charged_at_its_ceiling():
    plan = plays(Play(fault="cut"), Play(input_tokens=10, output_tokens=5))
    with MessagesServer(plan) as server, door(server) as gate:
        seen = []
        reply = gate.complete(REQUEST, CALLER, sink=seen.append)
    lost, good = seen[0]["attempts"]
    assert lost["cost_usd"] >= (27 * 1.25 + 100 * 5) / 1e6
    assert good["cost_usd"] == pytest.approx((10 + 5 * 5) / 1e6)
    assert reply.cost_usd == pytest.approx(lost["cost_usd"] + good["cost_usd"])
    assert reply.cost_usd == pytest.approx(gate.spent().usd)


def test_a_refused_call_costs_nothing():
    with MessagesServer(plays(status(500), Play(input_tokens=10, output_tokens=5))) as server, door(server) as gate:
        assert gate.complete(REQUEST, CALLER).cost_usd == pytest.approx((10 + 5 * 5) / 1e6)


def test_when_money_is_short_the_prompt_is_counted_before_it_is_refused():
    long = CompletionRequest((Message("user", "word " * 1_000),), max_tokens=10)
    limit = (1_000 * 1.25 + 10 * 5) / 1e6 * 1.05  # enough for 1,000 tokens, not for 5,000 bytes
    with MessagesServer() as server, door(server, task_budget=Budget(usd=limit)) as gate:
        assert gate.complete(long, CALLER).text == "hello"
        with pytest.raises(BudgetExceeded):
            gate.complete(long, CALLER)
    assert [seen.path.rsplit("/", 1)[-1] for seen in server.seen] == ["count_tokens", "messages", "count_tokens"]


def test_fifty_threads_never_pass_a_budget():
    per_call = (27 * 1 + 100 * 5) / 1e6
    limit = per_call * 20
    results = []
    plan = plays(Play(input_tokens=27, output_tokens=100, delay_s=0.01))
    with MessagesServer(plan) as server, door(server, run_budget=Budget(usd=limit)) as gate:

        def work(number):
            try:
                results.append(gate.complete(REQUEST, Caller(f"t{number}-00000000", "executor", "anthropic")))
            except BudgetExceeded as error:
                results.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        done = [item for item in results if not isinstance(item, BudgetExceeded)]
        assert len(results) == 50
        assert 15 <= len(done) <= 20
        assert {item.scope for item in results if isinstance(item, BudgetExceeded)} == {"run"}
        assert sum(item.cost_usd for item in done) == pytest.approx(gate.spent().usd)
        assert gate.spent().usd <= limit + 1e-9
    assert len(server.calls) == len(done)


def test_without_a_key_it_says_what_to_do():
    unavailable = pytest.raises(ProviderUnavailable, match="set ANTHROPIC_API_KEY, or use the local model")
    with MessagesServer() as server, unavailable:
        door(server, key="").complete(REQUEST, CALLER)


def test_a_model_without_a_price_is_refused_unless_the_server_is_ours():
    config = Config(agents={"anthropic": AgentProfile(model="nobody-knows", base_url="https://models.example.org")})
    gate = open_gateway(config, env={"ANTHROPIC_API_KEY": "k"}, weights=Path("none"), now=time.time)
    with pytest.raises(ProviderUnavailable, match="no price is known for model 'nobody-knows'"):
        gate.complete(REQUEST, CALLER)
    with MessagesServer() as server, door(server, model="nobody-knows") as gate:
        assert gate.complete(REQUEST, CALLER).cost_usd == 0


def test_the_proxy_of_the_environment_is_not_asked_for_loopback(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with MessagesServer() as server, door(server) as gate:
        assert gate.complete(REQUEST, CALLER).text == "hello"
