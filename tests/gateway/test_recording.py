"""Keys of recorded completions, what is worth keeping, and the way back."""

import pytest

from frmo.gateway.recording import MemoryShelf, cache_key, completion_from, request_hash, worth_keeping
from frmo.gateway.redact import Redactor
from frmo.model.completion import Completion, CompletionRequest, Message
from frmo.model.state import Tokens

REQUEST = CompletionRequest((Message("user", "hi"),))
REPLY = Completion("hello", "end_turn", "m", Tokens(3, 1), 0.5, 1.0, ({"type": "text", "text": "hello"},))


@pytest.mark.parametrize(
    "other",
    [
        CompletionRequest((Message("user", "hi!"),)),
        CompletionRequest((Message("user", "hi"), Message("assistant", "x"), Message("user", "y"))),
        CompletionRequest(REQUEST.messages, system="x"),
        CompletionRequest(REQUEST.messages, max_tokens=5),
        CompletionRequest(REQUEST.messages, temperature=0.0),
        CompletionRequest(REQUEST.messages, seed=1),
        CompletionRequest(REQUEST.messages, stop=("x",)),
        CompletionRequest(REQUEST.messages, schema={}),
        CompletionRequest(REQUEST.messages, tools=({"name": "x"},)),
    ],
)
def test_everything_in_a_request_is_in_its_key(other):
    assert request_hash(other) != request_hash(REQUEST)
    assert cache_key("k", "m", other) != cache_key("k", "m", REQUEST)


def test_kind_and_model_are_in_the_cache_key_and_equal_requests_share_it():
    again = CompletionRequest.from_data(REQUEST.to_data())
    assert cache_key("k", "m", again) == cache_key("k", "m", REQUEST)
    assert len({cache_key(kind, model, REQUEST) for kind in "ab" for model in "cd"}) == 4


def test_a_completion_comes_back_as_it_was():
    assert completion_from(REPLY.to_data()) == REPLY


@pytest.mark.parametrize(
    ("reason", "text", "keep"),
    [
        ("end_turn", "hello", True),
        ("stop_sequence", "hello", True),
        ("max_tokens", "hello", False),
        ("refusal", "no", False),
        ("end_turn", "the key is planted-secret-1", False),
    ],
)
def test_only_whole_replies_without_secrets_are_kept(reason, text, keep):
    reply = Completion(text, reason, "m", Tokens())
    assert worth_keeping(reply, Redactor(["planted-secret-1"])) is keep


def test_the_first_record_of_a_key_stays():
    shelf = MemoryShelf()
    shelf.put("a", {"n": 1})
    shelf.put("a", {"n": 2})
    assert shelf.get("a") == {"n": 1}
    assert shelf.get("b") is None
