"""What was tried before: every trial that the ledger has, with the item it was about and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from frmo.errors import InputError
from frmo.learn.candidate import candidates
from frmo.model.register import Ended, Registered
from frmo.model.registration import Registration
from frmo.model.trial import Ending
from frmo.repo.repository import CommitInfo
from frmo.store.documents import checked
from frmo.store.register import entries, ledger_tip
from frmo.store.trials import load_trial
from frmo.store.workspace import Workspace


@dataclass(frozen=True)
class Past:
    """A registered trial. `ending`: as the register has it, '' while it is open. `item`: as the candidate had it."""

    registration: Registration
    ending: str
    item: Mapping[str, Any]
    path: str

    @property
    def won(self) -> bool:
        """True for a win."""
        return self.ending == Ending.WIN.value

    @property
    def fingerprint(self) -> str:
        """Of the pattern it was meant against."""
        return str(self.item.get("evidence", {}).get("pattern", ""))


def pasts(workspace: Workspace) -> list[Past]:
    """Every registered trial, by its number."""
    tip = ledger_tip(workspace)
    register = entries(workspace, tip)
    ends = {entry.trial: entry.ending for entry in register if isinstance(entry, Ended)}
    found = []
    for entry in register:
        if isinstance(entry, Registered) and tip is not None:
            registration = load_trial(workspace, tip, entry.trial).registration
            path = f"protocols/{registration.changes[0].path}"
            found.append(Past(registration, ends.get(entry.trial, ""), _item(workspace, registration, path), path))
    return found


def buried(
    past: Sequence[Past], head_items: Mapping[str, Mapping[str, Any]], fingerprint: str
) -> list[Mapping[str, Any]]:
    """Items that were tried and are not in force: what lost, and what won and is gone again.

    What won against the pattern `fingerprint` itself is left out: whether new errors speak for it is asked elsewhere.
    """
    lost = [one.item for one in past if one.ending and not one.won]
    gone = [one.item for one in past if one.won and one.item.get("id") not in head_items]
    return [*lost, *(item for item in gone if item.get("evidence", {}).get("pattern") != fingerprint)]


def in_sight(
    workspace: Workspace, past: Sequence[Past], head_items: Mapping[str, Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Items in force, and such as are proposed or on trial now: what a new one must not repeat."""
    over = {one.registration.trial for one in past if one.ending}
    return [*head_items.values(), *(one.item for one in candidates(workspace) if one.name not in over)]


def arrival(workspace: Workspace, head: str, path: str) -> CommitInfo | None:
    """The commit on the first-parent line of `head` since which the file at `path` (below the prefix) is as it is now.

    None when it never was otherwise than absent.
    """
    repo, place = workspace.repo, workspace.path(path)
    now, found = repo.entry(head, place), None
    for commit in repo.history(head):
        if repo.entry(commit.oid, place) != now:
            return found
        found = commit
    return found if now is not None else None


def last_touched(workspace: Workspace, head: str, path: str) -> float:
    """When the file at `path` last changed on the line of `head`; 0 when it never did."""
    found = arrival(workspace, head, path)
    return found.author.when if found else 0.0


def in_force(workspace: Workspace, head: str, past: Past) -> bool:
    """True when `head` has the item exactly as the trial won with it."""
    entry = workspace.repo.entry(head, workspace.path(past.path))
    return past.won and entry is not None and entry.oid == past.registration.changes[0].after


def _item(workspace: Workspace, registration: Registration, path: str) -> Mapping[str, Any]:
    content = workspace.committed(path, registration.candidate.commit) or b""
    try:
        data: Mapping[str, Any] = checked("item", content, path)
    except InputError:
        return {"id": "", "kind": ""}
    return data
