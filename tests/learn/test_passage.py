"""The reference-transaction hook: fast-forwards and merges by git itself, with the real command on PATH."""

import os
import subprocess
import sys
from pathlib import Path

from support.learning import FINGERPRINT
from support.project import git

from frmo.learn.insight import by_hand
from frmo.learn.scribe import Scribe
from frmo.store.workspace import Workspace


def run(folder, *args):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["git", "-C", folder, *args], capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
    )


def proposed(folder):
    scribe = Scribe(Workspace.open(folder), "frmo@localhost", lambda: 1.0)
    return by_hand(scribe, FINGERPRINT, "Put all code into one fenced block.")


def test_a_fast_forward_to_a_proposal_is_refused_a_persons_merge_is_unmeasured(workspace):
    made = proposed(workspace)
    branch, before = made.ref.removeprefix("refs/heads/"), git(workspace, "rev-parse", "main")
    said = run(workspace, "merge", "--ff-only", branch)
    assert said.returncode, said
    assert "no trial has won" in said.stderr
    assert git(workspace, "rev-parse", "main") == before
    git(workspace, "reset", "-q", "--hard")
    git(workspace, "clean", "-fdq")
    said = run(workspace, "merge", "--no-ff", "--no-edit", branch)
    assert said.returncode == 0, said
    assert "unmeasured" in said.stderr
    assert "executor/checklist" in said.stderr


def test_a_merge_that_claims_a_win_without_proof_is_refused(workspace):
    made = proposed(workspace)
    branch = made.ref.removeprefix("refs/heads/")
    message = f"mine\n\nFrmo-Trial: {made.name}\nFrmo-Verdict: win\n"
    said = run(workspace, "merge", "--no-ff", "-m", message, branch)
    assert said.returncode, said
    assert "is not proved" in said.stderr


def test_what_is_proved_passes_in_every_shape_and_a_revert_always(won):
    merge, before = git(won, "rev-parse", "main"), git(won, "rev-parse", "main^1")
    assert run(won, "reset", "--hard", before).returncode == 0
    said = run(won, "merge", "--ff-only", merge)
    assert (said.returncode, "unmeasured" in said.stderr) == (0, False), said
    run(won, "reset", "--hard", before)
    said = run(won, "cherry-pick", f"{merge}^2~1", f"{merge}^2")
    assert (said.returncode, "unmeasured" in said.stderr) == (0, False), said
    said = run(won, "revert", "--no-edit", "HEAD~1")
    assert said.returncode == 0, said
    assert "unmeasured" in said.stderr


def test_the_hook_leaves_other_refs_and_other_changes_alone(workspace):
    (workspace / "new.txt").write_text("x\n")
    run(workspace, "add", "new.txt")
    said = run(workspace, "commit", "-q", "-m", "x")
    assert (said.returncode, said.stderr) == (0, "")
    assert run(workspace, "branch", "frmo/other").returncode == 0
