"""Candidates: one change of one checklist item on a branch of its own, `frmo/protocol/<name>`, to be tried.

Two commits: the change, which is what people revert, and above it pattern, insight and, at the end, the trial.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from frmo.errors import GitError, RefMoved
from frmo.learn.draft import Draft
from frmo.learn.recurrence import Recurrence
from frmo.learn.scribe import Scribe
from frmo.model.pattern import Pattern
from frmo.model.registration import Arm, Change
from frmo.model.split import proposal_hash
from frmo.model.trailers import commit_message
from frmo.repo.repository import FileChange, RefUpdate
from frmo.store.documents import checked
from frmo.store.insights import INSIGHTS, PATTERNS, insight_file, item_file, item_path, load_pattern, pattern_file
from frmo.store.workspace import Workspace

BRANCHES = "refs/heads/frmo/protocol/"


@dataclass(frozen=True)
class Candidate:
    """A candidate branch as read. `name`: of branch and trial. `base`: the commit it changes; `tip`: of the branch.

    `item`: the checklist item as data. `pattern`: what it is meant against.
    """

    name: str
    base: str
    change: str
    tip: str
    role: str
    item: Mapping[str, Any]
    pattern: Pattern

    @property
    def ref(self) -> str:
        """Ref of its branch."""
        return BRANCHES + self.name

    @property
    def path(self) -> str:
        """Path of the item below the prefix."""
        return item_path(self.role, str(self.item["id"]))


def propose(scribe: Scribe, draft: Draft, about: Recurrence, head: str, *, dry: bool = False) -> Candidate:
    """Make the branch with its two commits on `head`. Raises InputError when item or insight break their schema.

    `dry`: only the commits, no branch.
    """
    fingerprint = about.pattern.fingerprint
    insight = f"{draft.id[:60]}-{fingerprint[:6]}"
    files = {
        f"{PATTERNS}/{fingerprint}.yaml": pattern_file(about.pattern),
        f"{INSIGHTS}/{insight}.yaml": insight_file(draft.insight(insight, about)),
    }
    item = item_file(draft.item(fingerprint, insight))
    return _branched(scribe, head, item, Rest(draft.role, files, draft.cause), dry=dry)


def rebased(scribe: Scribe, old: Candidate, head: str) -> Candidate:
    """The same proposal on another base, under a name of its own; the old branch goes."""
    workspace = scribe.workspace
    content = workspace.committed(old.path, old.change) or b""
    paths = [path.removeprefix(workspace.prefix) for path in workspace.repo.changed(old.change, old.tip)]
    files = {path: workspace.committed(path, old.tip) or b"" for path in paths if path.startswith((PATTERNS, INSIGHTS))}
    why = workspace.repo.commit_info(old.change).message.split("\n", 1)[0].partition(": ")[2].partition(": ")[2]
    fresh = _branched(scribe, head, content, Rest(old.role, files, why))
    discard(workspace, old)
    return fresh


def discard(workspace: Workspace, candidate: Candidate) -> None:
    """Remove the branch; what was registered stays reachable from the ledger."""
    workspace.repo.swap([RefUpdate(candidate.ref, None, candidate.tip)])


def candidates(workspace: Workspace) -> list[Candidate]:
    """Every candidate branch that is one, by name. What a person made of such a branch otherwise is left out."""
    found = []
    for ref, _ in workspace.repo.refs(BRANCHES):
        candidate = load_candidate(workspace, ref.removeprefix(BRANCHES))
        found += [candidate] if candidate else []
    return found


def load_candidate(workspace: Workspace, name: str) -> Candidate | None:
    """The candidate on branch `frmo/protocol/<name>`, or None."""
    tip = workspace.repo.ref(BRANCHES + name)
    return candidate_at(workspace, name, tip) if tip else None


def candidate_at(workspace: Workspace, name: str, tip: str) -> Candidate | None:
    """The candidate whose second commit is `tip`; None when the two commits are not those of one."""
    repo = workspace.repo
    above = repo.commit_info(tip)
    change = repo.commit_info(above.parents[0]) if len(above.parents) == 1 else None
    if change is None or len(change.parents) != 1:
        return None
    paths = [path.removeprefix(workspace.prefix) for path in repo.changed(change.parents[0], change.oid)]
    parts = paths[0].split("/") if len(paths) == 1 else []
    if len(parts) != 4 or (parts[0], parts[2]) != ("protocols", "checklist"):
        return None
    content = workspace.committed(paths[0], change.oid)
    if content is None:
        return None
    item = checked("item", content, workspace.path(paths[0]))
    fingerprint = item.get("evidence", {}).get("pattern", "")
    pattern = load_pattern(workspace, tip, fingerprint) if fingerprint else None
    if pattern is None:
        return None
    return Candidate(name, change.parents[0], change.oid, tip, parts[1], item, pattern)


def changes_of(workspace: Workspace, old: str, new: str) -> tuple[Change, ...]:
    """Every path below `protocols/` that differs between two commits, with its blobs."""
    repo, under = workspace.repo, workspace.path("protocols/")
    found = []
    for path in repo.changed(old, new):
        if path.startswith(under):
            blobs = [entry.oid if (entry := repo.entry(commit, path)) else None for commit in (old, new)]
            found.append(Change(path.removeprefix(under), blobs[0], blobs[1]))
    return tuple(found)


def arm_of(workspace: Workspace, commit: str) -> Arm:
    """The protocols of `commit` as an arm. GitError when it has none."""
    entry = workspace.repo.entry(commit, workspace.path("protocols"))
    if entry is None:
        raise GitError(f"{commit[:12]} has no {workspace.path('protocols')}/.")
    return Arm(commit, entry.oid)


def above(scribe: Scribe, candidate: Candidate, files: Mapping[str, bytes], what: str) -> str:
    """The second commit made anew with `files` (path below the prefix) beside what it has; the branch moves to it."""
    workspace, repo = scribe.workspace, scribe.workspace.repo
    tree = repo.edit_tree(candidate.tip, {workspace.path(path): FileChange(data) for path, data in files.items()})
    oid = repo.commit(tree, [candidate.change], _message(what, candidate.pattern.fingerprint), scribe.signature)
    if not repo.swap([RefUpdate(candidate.ref, oid, candidate.tip)]):
        raise RefMoved(f"{candidate.ref} was moved by somebody else.")
    return oid


@dataclass(frozen=True)
class Rest:
    """What a candidate says beside its item: whose it is, the files of its second commit, why."""

    role: str
    files: Mapping[str, bytes]
    why: str


def _branched(scribe: Scribe, head: str, item: bytes, rest: Rest, *, dry: bool = False) -> Candidate:
    workspace, repo = scribe.workspace, scribe.workspace.repo
    data = checked("item", item, "item.yaml")
    fingerprint = data["evidence"]["pattern"]
    path = workspace.path(item_path(rest.role, data["id"]))
    change = repo.commit(
        repo.edit_tree(head, {path: FileChange(item)}),
        [head],
        _message(f"{data['id']}: {rest.why}", fingerprint),
        scribe.signature,
    )
    name = _name(workspace, head, change, data["id"])
    tip = repo.ref(BRANCHES + name)
    if tip is None:
        tree = repo.edit_tree(
            change, {workspace.path(place): FileChange(content) for place, content in rest.files.items()}
        )
        tip = repo.commit(tree, [change], _message(f"{data['id']}: pattern and insight", fingerprint), scribe.signature)
        if not dry:
            repo.swap([RefUpdate(BRANCHES + name, tip, None)])
    found = candidate_at(workspace, name, tip)
    if found is None:
        raise RefMoved(f"frmo/protocol/{name} holds something else than a candidate.")
    return found


def _name(workspace: Workspace, head: str, change: str, item: str) -> str:
    """A name that the same change of the same commit gets again, and no other."""
    changed = {row.path: (row.before, row.after) for row in changes_of(workspace, head, change)}
    digest = hashlib.sha256(f"{proposal_hash(changed)}\n{head}".encode()).hexdigest()
    return f"{item[:60].rstrip('-')}-{digest[:8]}"


def _message(what: str, fingerprint: str) -> str:
    return commit_message("learn", what, [("Frmo-Step", "learn"), ("Frmo-Error", fingerprint), ("skip-checks", "true")])
