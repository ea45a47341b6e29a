"""Ledgers of two machines: trials and register come along, two registers that disagree are not joined."""

import shutil

import pytest
from support.learning import Simulated, cures, lab
from support.project import git

from frmo.errors import GitError
from frmo.learn.round import one_round
from frmo.store.ledger import Ledger
from frmo.store.register import entries, ledger_tip
from frmo.store.workspace import Workspace


def learned(folder):
    opened = Workspace.open(folder)
    assert one_round(lab(opened, Simulated(opened, cures(opened))))[-1].what == "merged"
    return opened


def fetched(opened, other):
    git(opened.root, "fetch", "-q", str(other.root), "frmo/ledger")
    return git(opened.root, "rev-parse", "FETCH_HEAD")


def test_the_register_comes_with_the_ledger(workspace, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(workspace, other, symlinks=True)
    theirs, ours = learned(other), Workspace.open(workspace)
    git(workspace, "commit", "-q", "--allow-empty", "-m", "x")
    Ledger(ours).extend(lambda _tip: {}, "mine\n", 1.0)
    Ledger(ours).join(fetched(ours, theirs), 2.0)
    assert entries(ours, ledger_tip(ours)) == entries(theirs, ledger_tip(theirs))
    assert len(entries(ours, ledger_tip(ours))) == 2


def test_two_registers_that_disagree_are_not_joined(workspace, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(workspace, other, symlinks=True)
    git(other, "commit", "-q", "--allow-empty", "-m", "elsewhere")
    theirs, ours = learned(other), learned(workspace)
    with pytest.raises(GitError, match="register of trials"):
        Ledger(ours).join(fetched(ours, theirs), 2.0)
