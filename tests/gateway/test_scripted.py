"""Which reply of a script is for whom."""

import pytest

from frmo.gateway.caller import Caller
from frmo.gateway.scripted import ScriptedProvider, find
from frmo.gateway.size import words
from frmo.model.completion import CompletionRequest, Message

SCRIPT = {
    "replies": [
        {"role": "analyzer", "aspect": "logic", "text": "logic"},
        {"role": "analyzer", "text": "any aspect"},
        {"role": "executor", "task": "slug*", "attempt": 2, "text": "second"},
        {"role": "executor", "task": "slug*", "text": "slug"},
        {"role": "executor", "task": "Add a *", "text": "by title"},
        {"role": "learner", "json": {"b": 1, "a": "ä"}},
    ]
}


@pytest.mark.parametrize(
    ("caller", "text"),
    [
        (Caller("x-00000000", "analyzer", "scripted", aspect="logic"), "logic"),
        (Caller("x-00000000", "analyzer", "scripted", aspect="security"), "any aspect"),
        (Caller("slug-00000000", "executor", "scripted"), "slug"),
        (Caller("slug-00000000", "executor", "scripted", attempt=2), "second"),
        (Caller("x-00000000", "executor", "scripted", title="Add a thing"), "by title"),
    ],
)
def test_the_first_match_wins(caller, text):
    assert find(SCRIPT, caller)["text"] == text


def test_no_match_is_none():
    assert find(SCRIPT, Caller("x-00000000", "executor", "scripted")) is None
    assert find({}, Caller("x-00000000", "executor", "scripted")) is None


def test_json_replies_are_written_out(never):
    request = CompletionRequest((Message("user", "two words"),), system="one")
    reply = ScriptedProvider(SCRIPT).complete(request, Caller("x", "learner", "scripted"), 1.0, never)
    assert reply.text == '{"b": 1, "a": "ä"}'
    assert reply.tokens.input == words(request) == 3


def test_a_fault_strikes_each_step_anew(never):
    provider = ScriptedProvider({"replies": [{"text": "x", "fault": {"status": 500}}]})
    request = CompletionRequest((Message("user", "x"),))
    for attempt in (1, 2):
        caller = Caller("x", "executor", "scripted", attempt=attempt)
        with pytest.raises(Exception, match="scripted status 500"):
            provider.complete(request, caller, 1.0, never)
        assert provider.complete(request, caller, 1.0, never).text == "x"
