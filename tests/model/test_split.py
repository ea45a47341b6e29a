from collections import Counter

import pytest

from frmo.model.split import Side, ordered, proposal_hash, side, task_name


def test_shares_are_40_20_40():
    counts = Counter(side(f"task-{number}") for number in range(5000))
    assert abs(counts[Side.MINING] - 2000) < 140
    assert abs(counts[Side.REPLICATION] - 1000) < 120
    assert abs(counts[Side.HELD_OUT] - 2000) < 140


def test_sides_stay_what_they_are_between_versions():
    # Recorded trials name their sides by this hash: a change would make them unprovable.
    assert [side(name).value for name in ("slugify", "sql/joins", "a", "b")] == [
        "held-out",
        "held-out",
        "mining",
        "held-out",
    ]


@pytest.mark.parametrize("path", ["tasks/sql/joins.yaml", ".frmo/tasks/sql/joins.json", "sql/joins.yml"])
def test_a_name_is_the_place_without_extension(path):
    assert task_name(path) == "sql/joins"


def test_the_order_hangs_on_the_proposal_alone():
    names = [f"task-{number}" for number in range(30)]
    first = ordered("p1", names)
    assert first == ordered("p1", reversed(names))
    assert sorted(first) == sorted(names)
    assert first != ordered("p2", names)


def test_a_proposal_is_its_content():
    change = {"executor/checklist/a.yaml": (None, "b1"), "executor/protocol.yaml": ("x", "y")}
    assert proposal_hash(change) == proposal_hash(dict(reversed(change.items())))
    assert proposal_hash(change) != proposal_hash({**change, "executor/protocol.yaml": ("x", "z")})
