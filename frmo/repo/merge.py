"""Three-way merges in memory: no worktree, no index file, no merge driver, no ref."""

import pygit2

from frmo.repo.durability import MODE
from frmo.repo.handle import Handle
from frmo.repo.shapes import Merge


class Merges:
    """How lines of history relate, and what their content gives together."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def merge_base(self, one: str, other: str) -> str | None:
        """Oid of the best common ancestor, or None."""
        found = self._handle.git.merge_base(pygit2.Oid(hex=one), pygit2.Oid(hex=other))
        return str(found) if found is not None else None

    def is_ancestor(self, old: str, new: str) -> bool:
        """True when `new` contains `old`; a commit contains itself."""
        return old == new or self._handle.git.descendant_of(pygit2.Oid(hex=new), pygit2.Oid(hex=old))

    def merge_tree(self, base: str, ours: str, theirs: str) -> Merge:
        """What `base` → `ours` and `base` → `theirs` give together; each is a commit's or a tree's oid."""
        git = self._handle.git
        ancestor, mine, other = (git[oid].peel(pygit2.Tree) for oid in (base, ours, theirs))
        with MODE.libgit2_syncs():  # it writes merged files and trees without telling which
            index = git.merge_trees(ancestor, mine, other)
            if index.conflicts is None:
                return Merge(str(index.write_tree(git)))
        paths = {side.path for conflict in index.conflicts for side in conflict if side is not None}
        return Merge(None, tuple(sorted(paths)))
