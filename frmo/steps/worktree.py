"""The worktree of an agent with tools: the branch's tree as plain files, and what of its changes may be committed."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from frmo.model.protected import FOLDERS, is_protected, protected_patterns
from frmo.model.verdict import Finding
from frmo.repo.repository import FileChange, TreeEntry
from frmo.sandbox.collection import SKIPPED, Collected, CollectedFile, collect
from frmo.steps.edits import sifted
from frmo.steps.walk import Walk
from frmo.store.materialize import export


@dataclass(frozen=True)
class Changes:
    """`kept`: what may be committed and differs from the branch; None deletes. `findings`: on the rest."""

    kept: Mapping[str, FileChange | None]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Worktree:
    """`seen`: paths that were there once: those exported (frmo's own folders are not: an agent knows nothing of runs and
    protocols) and those the agent wrote. `ignored`: what git's ignore rules say of new paths, asked once.
    """

    walk: Walk
    folder: Path
    seen: set[str]
    expected: frozenset[str] = frozenset()
    ignored: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def export(cls, walk: Walk, folder: Path, expected: Collection[str] = ()) -> "Worktree":
        """Write the tree of the run's tip into the new folder `folder`, without git.

        `expected`: what will be there and can't be collected, nothing to remark on (a throw-away `.git`).
        """
        prefix = walk.tools.workspace.prefix
        own = (prefix,) if prefix else FOLDERS
        made = export(walk.tools.workspace.repo, walk.run.tip, folder, only=lambda path: not is_protected(path, own))
        return cls(walk, folder, set(made.written), frozenset(expected))

    def changes(self) -> Changes:
        """What differs from the branch now. Files that git's ignore rules hide are left out."""
        found = collect(self.folder)
        if not found.complete:
            return Changes({}, (Finding("edits", 1, "too-large", "the worktree holds more than one step may"),))
        repo, tip = self.walk.tools.workspace.repo, self.walk.run.tip
        there = {entry.path: entry for entry in repo.entries(tip)}
        self.seen.update(file.path for file in found.files)
        changed = {file.path: FileChange(file.content, file.mode) for file in found.files if _differs(file, there)}
        wanted: dict[str, FileChange | None] = {**changed, **dict.fromkeys(self._deleted(found, there))}
        wanted = {path: change for path, change in wanted.items() if path in there or not self._hidden(path, wanted)}

        def mode_at(path: str) -> int | None:
            entry = repo.entry(tip, path)
            return entry.mode if entry else None

        patterns = protected_patterns(self.walk.tools.workspace.prefix, self.walk.tools.config.protected)
        texts = {path: _text(change) for path, change in wanted.items()}
        edits = sifted(texts, self.walk.task, patterns, mode_at)
        odd = [
            Finding("edits", 1, "not-collected", f"{item.path} {item.reason}", path=item.path, decides=False)
            for item in found.refused
            if item.path not in there and item.path not in self.expected
        ]
        return Changes({path: wanted[path] for path in edits.kept}, (*edits.findings, *odd))

    def _deleted(self, found: Collected, there: Collection[str]) -> list[str]:
        left = {file.path for file in found.files} | {item.path for item in found.refused}
        return [
            path
            for path in self.seen & set(there)
            if path not in left and SKIPPED.isdisjoint(path.split("/")[:-1]) and not _below(path, left)
        ]

    def _hidden(self, path: str, wanted: Collection[str]) -> bool:
        """True when the ignore rules hide `path`; all new paths are asked about at once."""
        if path not in self.ignored:
            new = [other for other in wanted if other not in self.ignored]
            hidden = set(self.walk.tools.workspace.repo.ignored(new))
            self.ignored.update({other: other in hidden for other in new})
        return self.ignored[path]


def _differs(file: CollectedFile, there: Mapping[str, TreeEntry]) -> bool:
    """True when the tree has no such file, or another content or mode of it; git's own hash saves reading it."""
    entry = there.get(file.path)
    oid = hashlib.sha1(b"blob %d\0" % len(file.content) + file.content, usedforsecurity=False).hexdigest()
    return entry is None or (entry.oid, entry.mode) != (oid, file.mode)


def _text(change: FileChange | None) -> str:
    return "" if change is None else change.content.decode("utf-8", "replace")


def _below(path: str, refused: Collection[str]) -> bool:
    """True when a folder on the way to `path` is itself something that was refused (a link): not a deletion of its files."""
    parts = path.split("/")
    return any("/".join(parts[:count]) in refused for count in range(1, len(parts)))
