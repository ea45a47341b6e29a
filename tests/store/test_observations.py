"""Observations: what settled runs say, read once, the same with and without the cache."""

import pytest
from support.learning import FINGERPRINT, NOW, names, settle
from support.runs import make_workspace

from frmo.model.split import Side
from frmo.store.observations import observations
from frmo.store.register import ledger_tip


@pytest.fixture
def workspace(tmp_path):
    made = make_workspace(tmp_path / "r")
    for name in names(Side.MINING, 3, "talk"):
        settle(made, name, error=True)
    return made


def cache(workspace):
    return workspace.repo.git_dir / "frmo" / "observations.json"


def test_a_row_says_what_a_run_was_exposed_to_and_what_it_showed(workspace):
    row = observations(workspace, ledger_tip(workspace))[0]
    assert row.name.startswith("talk-")
    assert (row.at, row.base, dict(row.prints)) == (NOW, workspace.repo.head(), {FINGERPRINT: 1})
    assert {("domain", "python"), ("agent", "scripted"), ("word", "talk")} <= set(row.factors)
    assert row.has("operation", "python.function.write.implement")


def test_new_runs_are_added_and_the_cache_changes_nothing(workspace):
    first = observations(workspace, ledger_tip(workspace))
    assert observations(workspace, ledger_tip(workspace)) == first
    settle(workspace, names(Side.MINING, 1, "plain")[0], error=False)
    more = observations(workspace, ledger_tip(workspace))
    assert len(more) == 4
    cache(workspace).unlink()
    assert observations(workspace, ledger_tip(workspace)) == more


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"format": 1}', b'{"format": 2, "prefix": "", "tip": 1, "rows": [1]}']
)
def test_a_broken_cache_is_no_harm(workspace, content):
    first = observations(workspace, ledger_tip(workspace))
    cache(workspace).write_bytes(content)
    assert observations(workspace, ledger_tip(workspace)) == first


def test_another_history_is_read_anew(workspace):
    tip = ledger_tip(workspace)
    parent = workspace.repo.commit_info(tip).parents[0]
    assert len(observations(workspace, tip)) == 3
    assert len(observations(workspace, parent)) == 2
