"""Insights as people see and write them: what was learned, what is on trial, what was turned down."""

from dataclasses import dataclass
from typing import Any

from frmo.errors import GitError, UsageFault
from frmo.learn.candidate import Candidate, candidates, propose
from frmo.learn.draft import Draft, default_scope, free_id, refusal
from frmo.learn.history import buried, in_sight, pasts
from frmo.learn.recurrence import patterns_of, recurrence
from frmo.learn.scribe import Scribe
from frmo.store.insights import items_of, load_insights
from frmo.store.observations import observations
from frmo.store.register import ledger_tip
from frmo.store.workspace import Workspace


@dataclass(frozen=True)
class Row:
    """One insight. `stands`: in force, on trial, proposed, or how its trial ended."""

    id: str
    item: str
    pattern: str
    text: str
    origin: str
    stands: str

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        return vars(self)


def insight_rows(workspace: Workspace) -> list[Row]:
    """Every insight on the checked-out branch and on candidate branches, by name."""
    head = workspace.repo.head()
    known = {one.registration.trial: one for one in pasts(workspace)}
    rows: dict[str, Row] = {}
    for candidate in candidates(workspace):
        past = known.get(candidate.name)
        stands = "proposed" if past is None else past.ending or "on trial"
        for name, data in load_insights(workspace, candidate.tip).items():
            if data.get("item") == candidate.item["id"]:
                rows[name] = _row(name, data, stands)
    if head:
        living = items_of(workspace, head, "executor")
        for name, data in load_insights(workspace, head).items():
            rows[name] = _row(name, data, "in force" if data.get("item") in living else "reverted")
    return [rows[name] for name in sorted(rows)]


def by_hand(scribe: Scribe, fingerprint: str, text: str, *, name: str = "", cause: str = "") -> Candidate:
    """A person's instruction against a pattern as a candidate branch. Raises UsageFault where it can't be tried, and why."""
    workspace = scribe.workspace
    head, tip = workspace.repo.head(), ledger_tip(workspace)
    rows = observations(workspace, tip)
    pattern = next((item for item in patterns_of(rows) if item.fingerprint == fingerprint), None)
    if pattern is None or tip is None:
        raise UsageFault(f"there is no pattern {fingerprint!r}; `frmo patterns` lists those there are")
    if head is None:
        raise GitError("the repository has no commit yet")
    about = recurrence(workspace, tip, pattern, rows)
    living = items_of(workspace, head, "executor")
    past = pasts(workspace)
    draft = Draft(
        id=free_id(name or text[:40], living),
        kind="instruction",
        cause=cause or text,
        text=text,
        scope=default_scope(about),
        origin="hand",
    )
    depth = 0  # a person may try as often as they like
    if why := refusal(draft, in_sight(workspace, past, living), buried(past, living, fingerprint), depth):
        raise UsageFault(f"{draft.id} is not proposed: {why}")
    return propose(scribe, draft, about, head)


def _row(name: str, data: dict[str, Any], stands: str) -> Row:
    return Row(name, str(data.get("item", "")), data["pattern"], data["text"], data["origin"], stands)
