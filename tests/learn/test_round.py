"""The loop from end to end with scripted agents: pattern, candidate, trial, verdict, merge."""

import json

import pytest
from support.cli import frmo
from support.learning import FINGERPRINT, learn, whats
from support.project import executor, git

pytestmark = pytest.mark.sandbox

NEVER = executor("I would rather not.")


def registered(workspace):
    return frmo("trial", "show", "--json", at=workspace).data["trials"]


def test_a_recurring_error_becomes_a_merge_with_its_evidence(won):
    name = registered(won)[0]["registration"]["trial"]
    trailers = git(won, "log", "-1", "--format=%(trailers)", "main")
    assert f"Frmo-Trial: {name}" in trailers
    assert "Frmo-Verdict: win" in trailers
    assert f"Frmo-Evidence: state/trials/{name}" in trailers
    first = git(won, "diff", "--name-only", "main^2~2", "main^2~1")
    assert first == "protocols/executor/checklist/cut-to-definitions.yaml"
    second = {path.rsplit("/", 1)[0] for path in git(won, "diff", "--name-only", "main^2~1", "main^2").splitlines()}
    assert second == {"logs/insights", "logs/patterns", f"state/trials/{name}"}
    assert git(won, "rev-parse", "main^1") == git(won, "rev-parse", "main^2~2")
    assert git(won, "status", "--porcelain") == ""
    assert git(won, "fsck", "--no-dangling") == ""
    row = json.loads((won / "state" / "trials" / name / "pairs.jsonl").read_text().splitlines()[0])
    arms = [row[arm]["commit"] for arm in ("baseline", "candidate")]
    assert all(git(won, "merge-base", "--is-ancestor", commit, "frmo/ledger") == "" for commit in arms)
    assert frmo("log", row["task"], "--json", at=won).data["run"] == 1  # an arm is no run of the task
    assert whats(learn(won)) == []


def test_a_change_that_does_nothing_is_not_merged(workspace):
    before = git(workspace, "rev-parse", "main")
    said = learn(workspace, replies=(NEVER,))
    assert (said.code, whats(said)) == (4, ["proposed", "registered", "waiting"])
    assert git(workspace, "rev-parse", "main") == before
    (trial,) = registered(workspace)
    assert (trial["ending"], trial["registration"]["t"]) == ("", 1)
    again = learn(workspace, replies=(NEVER,))
    assert whats(again)[0] == "waiting"
    assert len(registered(workspace)) == 1


def test_dry_run_writes_nothing(workspace):
    refs = git(workspace, "for-each-ref")
    said = learn(workspace, "--dry-run")
    assert whats(said) == ["proposed", "would register"]
    assert git(workspace, "for-each-ref") == refs


def test_the_switch_stops_learning(workspace):
    place = workspace / "state" / "switches" / "learning.yaml"
    place.write_text("on: false\nwhy: prices\n")
    said = learn(workspace)
    assert said.code == 2
    assert "prices" in said.err
    assert git(workspace, "for-each-ref", "refs/heads/frmo/protocol") == ""


def test_dirty_protocols_leave_a_win_pending(workspace):
    place = workspace / "protocols" / "executor" / "protocol.yaml"
    place.write_text(place.read_text() + "# mine\n")
    before = git(workspace, "rev-parse", "main")
    said = learn(workspace)
    assert whats(said) == ["proposed", "registered", "win", "pending"], said
    assert "git merge --no-ff frmo/protocol/" in said.data["happened"][-1]["text"]
    assert git(workspace, "rev-parse", "main") == before
    assert place.read_text().endswith("# mine\n")
    git(workspace, "checkout", "-q", "--", "protocols")
    assert whats(learn(workspace)) == ["merged"]
    assert frmo("trial", "verify", "main", at=workspace).code == 0


def test_a_stale_base_is_tried_again_under_a_new_number(workspace):
    place = workspace / "protocols" / "executor" / "protocol.yaml"
    place.write_text(place.read_text() + "# mine\n")
    assert whats(learn(workspace))[-1] == "pending"
    git(workspace, "commit", "-q", "-am", "my own change")
    assert whats(learn(workspace)) == ["rebased"]
    assert whats(learn(workspace)) == ["registered", "win", "merged"]
    assert [(item["registration"]["t"], item["registration"]["won_before"]) for item in registered(workspace)] == [
        (1, 0),
        (2, 1),
    ]


def test_a_persons_revert_is_respected_until_new_errors_speak(won):
    git(won, "revert", "-m", "1", "--no-edit", "HEAD")
    assert whats(learn(won)) == []
    assert frmo("insights", "--json", at=won).data["insights"][0]["stands"] in ("reverted", "win")


def test_a_person_may_propose(workspace):
    said = frmo(
        "insights", "add", "Put the code into a fenced block.", "--pattern", FINGERPRINT, "--json", at=workspace
    )
    assert said.code == 0, said
    assert said.data["item"]["origin"] == "hand"
    assert frmo("insights", "--json", at=workspace).data["insights"][0]["stands"] == "proposed"
    again = frmo("insights", "add", "Put the code into a fenced block", "--pattern", FINGERPRINT, at=workspace)
    assert (again.code, "repeats" in again.err) == (2, True)
    assert frmo("insights", "add", "x", "--pattern", "000000000000", at=workspace).code == 2
