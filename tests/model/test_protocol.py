from frmo.model.protocol import (
    ChecklistItem,
    Contract,
    Settings,
    for_attempt,
    in_scope,
    merged_contract,
    protocol_from_mapping,
)

DATA = {
    "role": "executor",
    "text": "Long.",
    "contract": {"format": "files", "stop": ["A"]},
    "model": {"max_tokens": 9000},
    "profiles": {
        "small": {
            "text": "Short.",
            "contract": {"format": "code", "stop": ["B"]},
            "model": {"seed": 1},
            "sections": ["task"],
        }
    },
}


def test_a_profile_is_laid_over_the_rest():
    protocol = protocol_from_mapping(DATA, (), "abc", "small")
    assert (protocol.text, protocol.contract.format, protocol.contract.stop) == ("Short.", "code", ("B",))
    assert (protocol.settings.max_tokens, protocol.settings.seed, protocol.sections) == (9000, 1, ("task",))
    assert protocol.name == "executor@abc"


def test_an_unknown_profile_changes_nothing():
    assert protocol_from_mapping(DATA, (), "abc", "huge") == protocol_from_mapping(DATA, (), "abc", None)


def test_contract_items_add_up():
    one = merged_contract(Contract(stop=("A",)), {"stop": ["B", "A"], "cut": "definitions", "imports": ["import re"]})
    assert one == Contract(stop=("A", "B"), cut="definitions", imports=("import re",))


def test_scope():
    item = ChecklistItem("x", "instruction", scope={"domain": "python", "operation": "python.function.write"})
    assert in_scope(item, {"domain": "python", "operation": "python.function.write", "agent": "local"})
    assert not in_scope(item, {"domain": "python"})
    assert in_scope(ChecklistItem("y", "instruction"), {})


def test_a_retry_is_warmer_with_a_seed_of_its_own():
    settings = Settings(temperature=0.0, retry_temperature=0.6, seed=1)
    assert for_attempt(settings, 1) == settings
    assert (for_attempt(settings, 3).temperature, for_attempt(settings, 3).seed) == (0.6, 3)
    assert for_attempt(Settings(temperature=0.0, seed=1), 3).seed == 1
