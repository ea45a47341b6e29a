"""The learner role: asked where no rule applies, its answer checked by schema, by size and against what is there."""

import pytest
from support.learning import FENCED, TALKING, learn, whats
from support.project import configure, git

pytestmark = pytest.mark.sandbox

ANSWER = {
    "insight": "Agents talk around the code.",
    "item": {"id": "Code only!", "kind": "contract", "contract": {"format": "code", "cut": "definitions"}, "scope": {}},
    "replaces": "",
}


def learner(**changes):
    return {"role": "learner", "json": {**ANSWER, **changes}}


@pytest.fixture
def wordy(workspace):
    """Agents whose protocol has the format `files`: no rule knows a remedy."""
    configure(workspace, agents={"scripted": {"swarm": "off"}})
    return workspace


def taught(workspace, reply):
    return learn(workspace, replies=(reply, TALKING, FENCED), rules=False)


def test_an_answer_becomes_a_candidate_and_wins_or_not_by_its_trial(wordy):
    said = taught(wordy, learner())
    assert whats(said) == ["proposed", "registered", "win", "merged"], said
    text = git(wordy, "show", "main:protocols/executor/checklist/code-only.yaml")
    assert "origin: learned" in text
    assert "safety" not in text


@pytest.mark.parametrize(
    "reply, says",
    [
        ({"role": "learner", "text": "I don't know."}, "can't be used"),
        (learner(item={"id": "x", "kind": "magic"}), "can't be used"),
        (learner(item={"id": "x", "kind": "instruction", "text": "y", "safety": True}), "can't be used"),
        (learner(item={"id": "x", "kind": "instruction", "text": "word " * 300}), "tokens long"),
        (learner(item={"id": "x", "kind": "contract", "contract": {"cut": "nothing"}}), "cut"),
    ],
)
def test_an_answer_that_breaks_the_rules_is_refused(wordy, reply, says):
    said = taught(wordy, reply)
    assert whats(said) == ["refused"], said
    assert says in said.data["happened"][0]["text"]
    assert git(wordy, "for-each-ref", "refs/heads/frmo/protocol") == ""
