"""The loop from end to end with scripted agents: pattern, candidate, trial, verdict, merge."""

import pytest
from support.cli import frmo
from support.learning import FENCED, TALKING
from support.project import git, script

pytestmark = pytest.mark.sandbox


def learn(workspace, *args, replies=(TALKING, FENCED)):
    return frmo("learn", "--agent", "scripted", "--rules", "-j", "1", "--script", script(workspace, *replies), "--json", *args, at=workspace)


def whats(said):
    return [item["what"] for item in said.data["happened"]]


def test_a_recurring_error_becomes_a_merge_with_its_evidence(workspace):
    before = git(workspace, "rev-parse", "main")
    said = learn(workspace)
    assert (said.code, whats(said)) == (0, ["proposed", "registered", "win", "merged"]), said
    name = said.data["happened"][0]["name"]
    assert git(workspace, "rev-parse", "main^1") == before
    trailers = git(workspace, "log", "-1", "--format=%(trailers)", "main")
    assert f"Frmo-Trial: {name}" in trailers and "Frmo-Verdict: win" in trailers and "Frmo-Evidence: state/trials/" in trailers
    assert git(workspace, "diff", "--name-only", "main^2~2", "main^2~1") == "protocols/executor/checklist/cut-to-definitions.yaml"
    second = git(workspace, "diff", "--name-only", "main^2~1", "main^2").splitlines()
    assert [path.rsplit("/", 1)[0] for path in second] == ["logs/insights", "logs/patterns", f"state/trials/{name}", f"state/trials/{name}"]
    assert git(workspace, "status", "--porcelain") == ""
    verified = frmo("trial", "verify", "main", "--json", at=workspace)
    assert (verified.code, verified.data["trials"][0]["breaches"]) == (0, [])
    assert whats(learn(workspace)) == []
