"""The life of protocols as git has it: every change of them, and whether it is measured or a person's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from frmo.errors import UsageFault
from frmo.learn.candidate import changes_of
from frmo.learn.history import arrival, in_force, pasts
from frmo.learn.recurrence import record_of
from frmo.learn.verification import proof_of
from frmo.learn.watching import standing
from frmo.model.registration import Change
from frmo.model.trailers import read_trailers
from frmo.model.trial import Trial
from frmo.repo.repository import CommitInfo
from frmo.store.documents import checked
from frmo.store.insights import items_of, load_insights, load_pattern, roles_of
from frmo.store.observations import observations
from frmo.store.register import ledger_tip
from frmo.store.workspace import Workspace

UNMEASURED = "unmeasured"


@dataclass(frozen=True)
class Event:
    """One change of one file below `protocols/`. `measured`: by which trial and how, `seed`, `reverted`, or `unmeasured`.

    `revert`: the commit that takes it back with `git revert`.
    """

    commit: str
    when: float
    author: str
    subject: str
    path: str
    what: str
    measured: str
    revert: str

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        return vars(self)


@dataclass(frozen=True)
class Standing:
    """One checklist item as it is now. `measured` as of an event; `stands`: kept, probation, or ''."""

    role: str
    id: str
    kind: str
    origin: str
    says: str
    measured: str
    stands: str

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        return vars(self)


@dataclass(frozen=True)
class Blame:
    """Where an item comes from: the commit that brought it, its trial, its insight, and the errors that taught it."""

    item: Standing
    commit: str
    author: str
    subject: str
    insight: str
    pattern: str
    examples: tuple[str, ...]

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {**vars(self), "item": self.item.to_data(), "examples": list(self.examples)}


def events(workspace: Workspace, head: str, only: str = "") -> Iterator[Event]:
    """Every change of protocols on the first-parent line of `head`, newest first; `only`: of items with this id."""
    repo, folder = workspace.repo, workspace.path("protocols")
    for commit in repo.history(head):
        parent = commit.parents[0] if commit.parents else None
        if parent is None or repo.entry(commit.oid, folder) == repo.entry(parent, folder):
            continue
        for change in changes_of(workspace, parent, commit.oid):
            if not only or change.path.endswith(f"/{only}.yaml"):
                yield _event(workspace, commit, change)


def measured(workspace: Workspace, commit: CommitInfo, change: Change) -> str:
    """What speaks for a change: the trial that won with exactly this content, in whatever commit shape it came."""
    trailers = read_trailers(commit.message)
    if "init" in trailers.get("Frmo-Step", ()):
        return "seed"
    if "reverted" in trailers.get("Frmo-Verdict", ()):
        return "reverted by probation"
    trial = proof_of(workspace, commit.oid, change.path, change.before, change.after)
    return _won(trial) if trial else UNMEASURED


def items(workspace: Workspace, head: str) -> list[Standing]:
    """Every checklist item of every role."""
    known = {one.path: one for one in pasts(workspace) if in_force(workspace, head, one)}
    found = []
    for role in roles_of(workspace, head):
        for name, data in items_of(workspace, head, role).items():
            past = known.get(f"protocols/{role}/checklist/{name}.yaml")
            stands = str(standing(workspace, past.registration.trial).standing) if past else ""
            says = data.get("text") or "; ".join(f"{key}: {value}" for key, value in data.get("contract", {}).items())
            speaks = f"trial {past.registration.trial}" if past else UNMEASURED
            found.append(Standing(role, name, data["kind"], data.get("origin", "hand"), says, speaks, stands))
    return found


def blame(workspace: Workspace, head: str, words: str) -> Blame:
    """Where the item called `words`, or the one item that says them, comes from. Raises UsageFault when it is not one."""
    all_items = items(workspace, head)
    found = [item for item in all_items if item.id == words] or [item for item in all_items if words in item.says]
    if len(found) != 1:
        names = ", ".join(item.id for item in found or all_items) or "none"
        raise UsageFault(f"{words!r} is not one item; there are: {names}")
    item = found[0]
    path = f"protocols/{item.role}/checklist/{item.id}.yaml"
    commit = arrival(workspace, head, path)
    assert commit is not None, "it is there"
    data = checked("item", workspace.committed(path, head) or b"", path)
    evidence = data.get("evidence", {})
    insight = load_insights(workspace, head).get(evidence.get("insight", ""), {})
    fingerprint = evidence.get("pattern", "")
    pattern = load_pattern(workspace, head, fingerprint) if fingerprint else None
    about = (
        f"{fingerprint}: {pattern.support} of {pattern.exposed} tasks with {pattern.factor} {pattern.value}"
        if pattern
        else ""
    )
    subject = commit.message.split("\n", 1)[0]
    return Blame(
        item, commit.oid, commit.author.name, subject, insight.get("text", ""), about, _examples(workspace, fingerprint)
    )


def _examples(workspace: Workspace, fingerprint: str, most: int = 5) -> tuple[str, ...]:
    """Error messages of tasks that show the pattern."""
    tip = ledger_tip(workspace)
    rows = [row for row in observations(workspace, tip) if fingerprint and fingerprint in row.prints]
    found = []
    for row in rows[:most]:
        errors = record_of(workspace, tip or "", row).errors()
        found += [f"{row.task}: {error.message}" for error in errors if error.fingerprint == fingerprint][:1]
    return tuple(found)


def _event(workspace: Workspace, commit: CommitInfo, change: Change) -> Event:
    what = "added" if change.before is None else "removed" if change.after is None else "changed"
    second = commit.parents[1] if len(commit.parents) > 1 else None
    first = workspace.repo.commit_info(second).parents if second else ()
    speaks = measured(workspace, commit, change)
    back = first[0] if speaks.startswith("trial ") and len(first) == 1 else commit.oid
    subject = commit.message.split("\n", 1)[0]
    return Event(commit.oid, commit.author.when, commit.author.name, subject, change.path, what, speaks, back)


def _won(trial: Trial) -> str:
    verdict, registration = trial.verdict, trial.registration
    return (
        f"trial {registration.trial}: {verdict.b} to {verdict.c} in {verdict.pairs} pairs, E = {float(verdict.e):.1f}"
    )
