"""Many requests through a provider that fails at random: each ends with a reason, none beyond the budget."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.messages_server import MessagesServer, Play, status

from frmo.errors import BudgetExceeded, CompletionFailed, Interrupted
from frmo.gateway.caller import Caller
from frmo.gateway.opening import open_gateway
from frmo.gateway.retry import Policy
from frmo.model.completion import CompletionRequest, Message
from frmo.model.config import AgentProfile, Config
from frmo.model.task import Budget

SHELL = {
    "name": "shell",
    "input_schema": {"type": "object", "properties": {"c": {"type": "string"}}, "required": ["c"]},
}
REQUEST = CompletionRequest((Message("user", "Say hello to everyone here."),), max_tokens=100, tools=(SHELL,))


def use(**content):
    return [{"type": "tool_use", "id": "1", "name": "shell", "input": content}]


FAULTS = [
    status(500), status(502), status(503), status(504), status(408), status(409),
    status(429, retry_after="0.01"), status(429), status(529), status(503, retry_after="0.01"),
    Play(fault="hang"), Play(fault="drip"), Play(fault="close"), Play(fault="cut"), Play(fault="torn"),
    Play(fault="html"), Play(fault="list"), Play(fault="empty"), Play(fault="error200"),
    Play(stop_reason=None), Play(stop_reason="napping"), Play(stop_reason="max_tokens", content=use(c="rm -rf")),
    Play(content=use(c="rm -rf")), Play(stop_reason="tool_use"), Play(stop_reason="tool_use", content=use()),
    Play(stop_reason="tool_use", content=use(c=5)), Play(stop_reason=None, content=use(c="rm -rf")),
    Play(stop_reason="tool_use", content=[{"type": "tool_use", "id": "1", "name": "launch", "input": {}}]),
]  # fmt: skip
POLICY = Policy(tries=4, call_s=0.4, backoff_s=0.001, overload_s=0.005, overload_max_s=0.02, max_wait_s=20.0)
GOOD = Play(stop_reason="tool_use", content=use(c="ls"), input_tokens=30, output_tokens=20)


def storm(seed):
    """A plan with 30 % faults; every kind of fault comes first, once."""
    chance = random.Random(seed)
    lock = threading.Lock()

    def plan(number, body):
        if number <= len(FAULTS):
            return FAULTS[number - 1]
        with lock:
            return chance.choice(FAULTS) if chance.random() < 0.3 else GOOD

    return plan


def door(server, **more):
    config = Config(agents={"anthropic": AgentProfile(model="claude-haiku-4-5", base_url=server.url)}, **more)
    env = {"ANTHROPIC_API_KEY": "planted-key-1234"}
    return open_gateway(config, env=env, weights=Path("none"), now=time.time, policy=POLICY)


def outcome(gate, number, records):
    caller = Caller(f"t{number}-00000000", "executor", "anthropic")
    try:
        reply = gate.complete(REQUEST, caller, sink=records.append)
    except CompletionFailed as error:
        return error.code
    except BudgetExceeded as error:
        return f"budget-{error.scope}"
    assert [block["input"] for block in reply.content] == [{"c": "ls"}]  # no partial call comes through
    return "ok"


def test_a_hundred_requests_all_end_with_a_reason():
    records = []
    with MessagesServer(storm(1)) as server, door(server) as gate, ThreadPoolExecutor(20) as pool:
        outcomes = Counter(pool.map(lambda number: outcome(gate, number, records), range(100)))
        spent = gate.spent()
    assert sum(outcomes.values()) == len(records) == 100
    assert outcomes["ok"] >= 80
    codes = {call["code"] for record in records for call in record["attempts"]}
    assert codes >= {"http-500", "quota", "overloaded", "timeout", "cut", "not-json", "malformed", "truncated"}
    assert codes >= {"malformed-tool", "max-tokens", "ok"}
    assert "unknown" not in codes
    assert sum(call["cost_usd"] for record in records for call in record["attempts"]) == pytest.approx(spent.usd)
    assert "planted-key-1234" not in str(records)


def test_the_storm_stays_within_the_budget():
    limit, records = 0.02, []
    budget = Budget(usd=limit)
    with MessagesServer(storm(2)) as server, door(server, run_budget=budget) as gate, ThreadPoolExecutor(20) as pool:
        outcomes = Counter(pool.map(lambda number: outcome(gate, number, records), range(100)))
        assert gate.spent().usd <= limit + 1e-9
    assert outcomes["budget-run"] > 0
    assert sum(outcomes.values()) == 100


def test_cancel_ends_all_of_them_within_two_seconds():
    cancel, ended = threading.Event(), []

    def work(number):
        try:
            gate.complete(REQUEST, Caller(f"t{number}-00000000", "executor", "anthropic"), cancel=cancel)
        except Interrupted:
            ended.append(time.monotonic())

    with MessagesServer(lambda *_: Play(fault="drip")) as server, door(server) as gate:
        gate.prepare("anthropic")
        threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        asked = time.monotonic()
        cancel.set()
        for thread in threads:
            thread.join()
    assert len(ended) == 50
    assert max(ended) - asked < 2
