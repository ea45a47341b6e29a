"""Probation: a merged item that turns out worse is taken back by itself; one that doesn't, stays."""

import pytest
from support.learning import NOW, Simulated, cures, lab, names, settle
from support.project import git

from frmo.learn.round import one_round
from frmo.learn.watching import standing
from frmo.model.probation import Standing
from frmo.model.split import Side
from frmo.store.workspace import Workspace


@pytest.fixture
def merged(workspace):
    """A workspace with a merged item and 14 tasks that settled on the merge since."""
    opened = Workspace.open(workspace)
    happened = one_round(lab(opened, Simulated(opened, cures(opened))))
    assert happened[-1].what == "merged"
    for name in names(Side.MINING, 24, "plain")[10:]:
        settle(opened, name, error=False, at=NOW + 5000)
    return opened


def test_a_measured_loss_is_reverted_and_stays_reverted(merged):
    def worse(replay):
        return replay.arm == "probation-before"

    before = git(merged.root, "rev-parse", "main")
    happened = one_round(lab(merged, Simulated(merged, worse)))
    assert [item.what for item in happened] == ["reverted"], happened
    assert git(merged.root, "rev-parse", "main^") == before
    assert git(merged.root, "diff", "--stat", "main~1^1", "main", "--", "protocols") == ""
    assert "Frmo-Verdict: reverted" in git(merged.root, "log", "-1", "--format=%(trailers)")
    assert git(merged.root, "status", "--porcelain") == ""
    assert one_round(lab(merged, Simulated(merged, worse))) == []


def test_what_is_no_worse_stays_and_no_task_runs_twice(merged):
    replay = Simulated(merged, lambda replay: True)
    assert one_round(lab(merged, replay)) == []
    assert len(replay.ran) == 28
    (name,) = {run.trial for run in replay.ran}
    assert standing(merged, name).standing is Standing.PROBATION
    assert standing(merged, name).pairs == 14
    assert one_round(lab(merged, replay)) == []
    assert len(replay.ran) == 28


def test_an_item_a_person_took_back_is_watched_no_more(merged):
    git(merged.root, "revert", "-m", "1", "--no-edit", "HEAD")
    replay = Simulated(merged, lambda replay: True)
    assert one_round(lab(merged, replay)) == []
    assert replay.ran == []
