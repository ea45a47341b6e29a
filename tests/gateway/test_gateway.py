"""The whole way of a completion, with the scripted provider."""

import json
import threading
import time
from pathlib import Path

import pytest

from frmo.errors import BudgetExceeded, CompletionFailed, Interrupted, ProviderUnavailable, UsageFault
from frmo.gateway.caller import Caller, Spend
from frmo.gateway.opening import open_gateway
from frmo.gateway.recording import MemoryShelf
from frmo.gateway.retry import Policy
from frmo.model.completion import CompletionRequest, Message
from frmo.model.config import AgentProfile, Config
from frmo.model.task import Budget
from frmo.schema.check import faults

REQUEST = CompletionRequest((Message("user", "Say hello."),), max_tokens=50)
CALLER = Caller("hello-00000000", "executor", "scripted", title="Say hello")
CONFIG = Config()
QUICK = Policy(tries=3, backoff_s=0.001, overload_s=0.001, max_wait_s=1.0)


def gateway(*replies, config=CONFIG, **more):
    more.setdefault("policy", QUICK)
    return open_gateway(
        config, env={}, weights=Path("none"), now=lambda: 1_000_000.0, script={"replies": replies}, **more
    )


def test_a_reply_comes_with_its_tokens_and_a_transcript():
    seen = []
    reply = gateway({"text": "hello", "tokens": {"input": 7, "output": 1}}).complete(REQUEST, CALLER, sink=seen.append)
    assert (reply.text, reply.stop_reason, reply.tokens.input, reply.tokens.output) == ("hello", "end_turn", 7, 1)
    assert reply.cost_usd == 0
    [record] = seen
    assert record["provider"] == {"kind": "scripted", "model": "script"}
    assert record["completion"]["text"] == "hello"
    assert record["request"]["messages"][0]["content"] == "Say hello."
    assert [(call["number"], call["code"], call["started"]) for call in record["attempts"]] == [(1, "ok", 1_000_000.0)]
    assert record["failure"] is None


def test_transcripts_meet_their_schema():
    seen = []
    door = gateway({"role": "executor", "text": "hello", "fault": {"status": 500}})
    door.complete(REQUEST, CALLER, sink=seen.append)
    with pytest.raises(CompletionFailed):
        door.complete(REQUEST, Caller("x-00000000", "learner", "scripted"), sink=seen.append)
    assert [faults("transcript", json.loads(json.dumps(record)), "transcript") for record in seen] == [[], []]


def test_a_fault_is_tried_again_and_seen():
    notices, seen = [], []
    entry = {"text": "hello", "fault": {"status": 500, "times": 2}}
    with gateway(entry, notice=notices.append) as door:
        assert door.complete(REQUEST, CALLER, sink=seen.append).text == "hello"
    assert [notice.code for notice in notices] == ["http-500", "http-500"]
    assert [call["code"] for call in seen[0]["attempts"]] == ["http-500", "http-500", "ok"]


def test_tries_are_capped_and_the_last_fault_is_named():
    seen = []
    with pytest.raises(CompletionFailed, match="scripted status 500") as caught:
        gateway({"text": "", "fault": {"status": 500, "times": 9}}).complete(REQUEST, CALLER, sink=seen.append)
    assert caught.value.code == "http-500"
    assert caught.value.provider_fault
    assert len(seen[0]["attempts"]) == 3
    assert seen[0]["completion"] is None
    assert seen[0]["failure"]["code"] == "http-500"


def test_quota_waits_use_up_no_tries():
    entry = {"text": "hello", "fault": {"status": 429, "times": 8, "retry_after": 0.001}}
    assert gateway(entry).complete(REQUEST, CALLER).text == "hello"


def test_a_quota_that_lasts_ends_as_quota():
    entry = {"text": "hello", "fault": {"status": 429, "retry_after": 3600}}
    with pytest.raises(BudgetExceeded, match="asks to wait 3600 s") as caught:
        gateway(entry).complete(REQUEST, CALLER)
    assert (caught.value.scope, caught.value.exit_code) == ("quota", 4)


@pytest.mark.parametrize(("fault", "code"), [("cut", "truncated"), ("html", "not-json"), ("timeout", "timeout")])
def test_broken_replies_are_the_providers_fault(fault, code):
    with pytest.raises(CompletionFailed) as caught:
        gateway({"text": "", "fault": {"status": fault, "times": 9}}).complete(REQUEST, CALLER)
    assert (caught.value.code, caught.value.provider_fault) == (code, True)


def test_no_reply_in_the_script_is_nobodys_retry():
    seen = []
    with pytest.raises(CompletionFailed) as caught:
        gateway({"role": "analyzer", "text": "x"}).complete(REQUEST, CALLER, sink=seen.append)
    assert caught.value.code == "no-scripted-reply"
    assert len(seen[0]["attempts"]) == 1


def test_a_late_reply_ends_at_the_deadline():
    began = time.monotonic()
    with pytest.raises(CompletionFailed) as caught:
        gateway({"text": "late", "delay_s": 30}).complete(REQUEST, CALLER, deadline_s=0.05)
    assert caught.value.code == "timeout"
    assert time.monotonic() - began < 10


def test_cancel_ends_a_call_and_a_wait():
    for entry in ({"text": "late", "delay_s": 30}, {"text": "", "fault": {"status": 429, "retry_after": 30}}):
        cancel = threading.Event()
        threading.Timer(0.05, cancel.set).start()
        with pytest.raises(Interrupted):
            gateway(entry, policy=Policy()).complete(REQUEST, CALLER, cancel=cancel)


def test_the_token_budget_binds_before_the_call():
    config = Config(task_budget=Budget(tokens=100))
    door = gateway({"text": "hello", "tokens": {"input": 30, "output": 20}}, config=config)
    door.complete(REQUEST, CALLER)
    with pytest.raises(BudgetExceeded, match=r"budget\.task in state/config\.yaml") as caught:
        door.complete(REQUEST, CALLER)
    assert caught.value.scope == "task"
    assert door.spent(CALLER.task).tokens == 50
    door.open_task(CALLER.task, Budget(tokens=200))
    assert door.complete(REQUEST, CALLER).text == "hello"


def test_what_a_task_spent_before_counts():
    door = gateway({"text": "hello"})
    door.open_task(CALLER.task, Budget(tokens=100), Spend(tokens=100))
    with pytest.raises(BudgetExceeded):
        door.complete(REQUEST, CALLER)


def test_requests_from_outside_are_checked():
    for bad in (
        CompletionRequest(()),
        CompletionRequest((Message("system", "x"),)),
        CompletionRequest((Message("user", 5),)),
        CompletionRequest((Message("user", "x"), Message("assistant", "prefill"))),
        CompletionRequest(REQUEST.messages, max_tokens="9"),
        CompletionRequest(REQUEST.messages, max_tokens=0),
        CompletionRequest(REQUEST.messages, temperature=9),
        CompletionRequest(REQUEST.messages, stop=("",)),
        CompletionRequest(REQUEST.messages, tools=("x",)),
    ):
        with pytest.raises(CompletionFailed, match="can't be sent"):
            gateway({"text": "x"}).complete(bad, CALLER)


def test_an_unknown_kind_is_named_with_the_known_ones():
    with pytest.raises(
        UsageFault, match="'oracle' is not known; there are: anthropic, local, openai, replay, scripted"
    ):
        gateway().complete(REQUEST, Caller("t", "executor", "oracle"))


def test_secrets_of_the_environment_are_not_in_the_transcript():
    seen = []
    key = "planted-key-1234567890"
    config = Config()
    door = open_gateway(
        config, env={"ANTHROPIC_API_KEY": key}, weights=Path("none"), now=lambda: 0.0,
        script={"replies": [{"text": f"the key is {key}"}]},
    )  # fmt: skip
    door.complete(CompletionRequest((Message("user", key[::-1]),)), CALLER, sink=seen.append)
    assert key not in str(seen)
    assert key[::-1] not in str(seen)
    assert "the key is [redacted]" in str(seen)


def test_a_cached_reply_is_free_and_says_so():
    shelf, seen = MemoryShelf(), []
    door = gateway({"text": "hello", "tokens": {"input": 30, "output": 20}}, cache=shelf)
    first = door.complete(REQUEST, CALLER)
    again = door.complete(REQUEST, CALLER, sink=seen.append)
    assert (again.text, again.cached, first.cached) == (first.text, True, False)
    assert (again.tokens.total, again.cost_usd, door.spent().tokens) == (0, 0.0, 50)
    assert seen[0]["attempts"] == []
    assert seen[0]["completion"]["cached"]
    assert faults("transcript", json.loads(json.dumps(seen[0])), "transcript") == []


def test_a_trial_neither_reads_nor_writes_the_cache():
    shelf = MemoryShelf()
    door = gateway({"text": "hello", "tokens": {"input": 30, "output": 20}}, cache=shelf)
    door.complete(REQUEST, CALLER, use_cache=False)
    assert not door.complete(REQUEST, CALLER).cached
    assert not door.complete(REQUEST, CALLER, use_cache=False).cached


def test_a_cached_reply_passes_a_used_up_budget_but_no_kill_switch():
    shelf, off = MemoryShelf(), {}
    door = gateway({"text": "hello"}, cache=shelf, stopped=off.get)
    door.complete(REQUEST, CALLER)
    door.open_task(CALLER.task, Budget(tokens=1))
    assert door.complete(REQUEST, CALLER).cached
    off["agent-scripted"] = "it talks too much"
    with pytest.raises(ProviderUnavailable, match="agent-scripted is off: it talks too much"):
        door.complete(REQUEST, CALLER)


def test_an_outage_opens_the_breaker_and_the_first_answer_closes_it():
    door = gateway({"text": "hello", "fault": {"status": 500, "times": 1}}, policy=Policy(tries=1))
    callers = [Caller(f"t{number}-00000000", "executor", "scripted") for number in range(9)]
    for caller in callers[:8]:
        with pytest.raises(CompletionFailed):
            door.complete(REQUEST, caller)
    assert door.blocked_s("scripted") > 0
    assert door.complete(REQUEST, callers[0]).text == "hello"
    assert door.blocked_s("scripted") == 0


def test_one_callers_quota_holds_everybody_and_is_said():
    script = [{"task": "a-*", "text": "a", "fault": {"status": 429, "retry_after": 0.6}}, {"text": "b"}]
    notices = []
    door = gateway(*script, notice=notices.append, policy=Policy(max_wait_s=5.0))
    first = threading.Thread(target=door.complete, args=(REQUEST, Caller("a-00000000", "executor", "scripted")))
    first.start()
    while not door.blocked_s("scripted"):
        time.sleep(0.01)
    assert door.complete(REQUEST, Caller("b-00000000", "executor", "scripted")).text == "b"
    first.join()
    codes = {(notice.caller.task, notice.code) for notice in notices}
    assert ("a-00000000", "quota") in codes
    assert ("b-00000000", "breaker-open") in codes


def test_calls_are_paced_when_configured():
    config = Config(agents={"scripted": AgentProfile(requests_per_minute=120)})
    seen = []
    door = gateway({"text": "hello"}, config=config, notice=seen.append)
    began = time.monotonic()
    for _ in range(12):
        door.complete(REQUEST, CALLER)
    assert time.monotonic() - began > 0.9  # ten at once, then two a second
    assert {notice.code for notice in seen} <= {"rate-limit"}


def test_waiting_for_others_is_bounded_too():
    config = Config(agents={"scripted": AgentProfile(requests_per_minute=1)})
    door = gateway({"text": "hello"}, config=config)
    door.complete(REQUEST, CALLER)
    with pytest.raises(BudgetExceeded) as caught:
        door.complete(REQUEST, CALLER)
    assert caught.value.scope == "quota"
    assert door.spent().tokens < 10
