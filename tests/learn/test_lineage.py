"""The life of every item: measured where a trial proves its content, unmeasured where a person wrote it."""

from support.cli import frmo
from support.project import git

ITEM = "protocols/executor/checklist/cut-to-definitions.yaml"


def log(folder, *args):
    return frmo("protocol", "log", *args, "--json", at=folder).data["events"]


def test_a_learned_item_names_its_trial_and_the_commit_to_revert(won):
    event = log(won)[0]
    assert event["measured"].startswith("trial cut-to-definitions-")
    assert event["revert"] == git(won, "rev-parse", "main^2~1")
    git(won, "revert", "--no-edit", event["revert"])
    assert not (won / ITEM).exists()
    assert (won / "logs" / "insights").is_dir()
    assert log(won)[0]["measured"] == "unmeasured"


def test_a_persons_change_is_unmeasured_and_the_seed_is_the_seed(won):
    place = won / ITEM
    place.write_text(place.read_text().replace("python", "any"))
    git(won, "commit", "-q", "-am", "wider")
    found = log(won)
    assert [(event["what"], event["measured"].split()[0]) for event in found[:2]] == [
        ("changed", "unmeasured"),
        ("added", "trial"),
    ]
    assert {event["measured"] for event in found[2:]} == {"seed"}
    (item,) = frmo("protocol", "list", "--json", at=won).data["items"]
    assert (item["measured"], item["origin"]) == ("unmeasured", "learned")


def test_proof_stays_with_content_after_a_squash(won):
    merge, before = git(won, "rev-parse", "main"), git(won, "rev-parse", "main^1")
    git(won, "reset", "-q", "--hard", before)
    git(won, "merge", "-q", "--squash", merge)
    git(won, "commit", "-q", "-m", "squashed")
    assert log(won)[0]["measured"].startswith("trial ")
    (item,) = frmo("protocol", "list", "--json", at=won).data["items"]
    assert (item["measured"].split()[0], item["stands"]) == ("trial", "probation")


def test_blame_leads_from_a_word_to_the_errors(won):
    found = frmo("protocol", "blame", "definitions", "--json", at=won).data
    assert found["item"]["id"] == "cut-to-definitions"
    assert found["commit"] == git(won, "rev-parse", "main")
    assert "fenced block" in found["examples"][0]
    assert frmo("protocol", "blame", "nothing like it", at=won).code == 2
