"""The placebo arm: the same item with a neutral text, for the first item of prose that a role gets (GATE, "Placebo")."""

from frmo.learn.candidate import Candidate, arm_of
from frmo.learn.scribe import Scribe
from frmo.model.placebo import placebo_text
from frmo.model.registration import Arm
from frmo.model.trailers import commit_message
from frmo.repo.repository import FileChange
from frmo.store.insights import item_file, items_of


def placebo_arm(scribe: Scribe, candidate: Candidate) -> Arm | None:
    """A commit beside the candidate's with a neutral text as long as its own; None where no placebo is asked for."""
    item = dict(candidate.item)
    if item["kind"] == "contract" or _has_learned(scribe, candidate):
        return None
    if item.get("text"):
        item["text"] = placebo_text(item["text"])
    if item["kind"] == "example":
        item["contract"] = {name: placebo_text(item["contract"][name]) for name in ("question", "answer")}
    repo, workspace = scribe.workspace.repo, scribe.workspace
    tree = repo.edit_tree(candidate.base, {workspace.path(candidate.path): FileChange(item_file(item))})
    message = commit_message("learn", f"{item['id']}: placebo", [("Frmo-Step", "learn"), ("skip-checks", "true")])
    # Made by the change's own time and author, so that a second estimate gives the same commit.
    return arm_of(workspace, repo.commit(tree, [candidate.base], message, repo.commit_info(candidate.change).author))


def _has_learned(scribe: Scribe, candidate: Candidate) -> bool:
    items = items_of(scribe.workspace, candidate.base, candidate.role)
    return any(item.get("origin") == "learned" and item["kind"] != "contract" for item in items.values())
