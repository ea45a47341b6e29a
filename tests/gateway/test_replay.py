"""Recorded completions instead of a model."""

from pathlib import Path

import pytest

from frmo.errors import CompletionFailed, ProviderUnavailable
from frmo.gateway.caller import Caller
from frmo.gateway.opening import open_gateway
from frmo.gateway.recording import MemoryShelf
from frmo.model.completion import CompletionRequest, Message
from frmo.model.config import AgentProfile, Config

REQUEST = CompletionRequest((Message("user", "Say hello."),), max_tokens=50)
ROWS = [
    {"task": "Mbpp/3", "model": "A", "strategy": "plain", "response": "a", "prompt_tokens": 7, "completion_tokens": 2},
    {"task": "Mbpp/3", "model": "B", "strategy": "plain", "response": "b"},
    {"task": "Mbpp/*", "model": "B", "strategy": "plan", "response": "c"},
]


def door(model=None, **more):
    config = Config(agents={"replay": AgentProfile(model=model)})
    return open_gateway(config, env={}, weights=Path("none"), now=lambda: 0.0, **more)


def ask(gate, task="x-00000000", title="", kind="replay"):
    return gate.complete(REQUEST, Caller(task, "executor", kind, title=title))


def test_what_one_kind_recorded_the_replay_kind_answers():
    shelf = MemoryShelf()
    script = {"replies": [{"text": "hello", "tokens": {"input": 5, "output": 1}}]}
    recorded = ask(door(script=script, recorder=shelf), kind="scripted")
    replayed = ask(door(recordings=shelf))
    assert (replayed.text, replayed.tokens, replayed.model) == (recorded.text, recorded.tokens, recorded.model)
    assert replayed.cost_usd == 0
    with pytest.raises(CompletionFailed) as caught:
        door(recordings=shelf).complete(
            CompletionRequest((Message("user", "else"),)), Caller("x", "executor", "replay")
        )
    assert (caught.value.code, caught.value.provider_fault) == ("not-recorded", False)


@pytest.mark.parametrize(
    ("model", "title", "text"),
    [
        (None, "Mbpp/3", "a"),
        ("B", "Mbpp/3", "b"),
        ("plan", "Mbpp/3", "c"),
        ("B/plan", "Mbpp/3", "c"),
        ("B", "Mbpp/9", "c"),
    ],
)
def test_rows_by_task_model_and_strategy(model, title, text):
    assert ask(door(model, rows=ROWS), title=title).text == text


def test_recorded_tokens_are_counted():
    tokens = ask(door("A", rows=ROWS), title="Mbpp/3").tokens
    assert (tokens.input, tokens.output) == (7, 2)


def test_without_any_recording_it_says_how_to_make_one():
    with pytest.raises(ProviderUnavailable, match="--record"):
        ask(door())
