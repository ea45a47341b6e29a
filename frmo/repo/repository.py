"""The one door to git: pygit2 for objects, refs and merges in memory, GitPython for diff text and ignore rules.

Nothing here touches the index, the worktree or HEAD of the person, except `checkout`, which says so.
Safe to use from many threads: each has its own libgit2 handle. Writes are durable unless `set_durability("fast")`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from frmo.repo.checkout import Checkout, Obstacle, obstructed
from frmo.repo.durability import set_durability
from frmo.repo.handle import Handle, discover
from frmo.repo.merge import Merges
from frmo.repo.objects import Objects
from frmo.repo.porcelain import Porcelain
from frmo.repo.refs import PATIENCE_S, Refs
from frmo.repo.remote import Remotes
from frmo.repo.shapes import Change, CommitInfo, Edit, FileChange, Graft, Merge, RefUpdate, Signature, TreeEntry

__all__ = [
    "Change",
    "CommitInfo",
    "Edit",
    "FileChange",
    "Graft",
    "Merge",
    "Obstacle",
    "RefUpdate",
    "Repository",
    "Signature",
    "TreeEntry",
    "obstructed",
    "set_durability",
]


class Repository:
    """One git repository, or one linked worktree of it.

    `root`: its worktree (of a bare repository: the git directory itself, which can be read but not accepted into).
    `git_dir`: the git directory that all its worktrees share. Every method may raise GitError.
    """

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self.git_dir = handle.git_dir
        self.bare = handle.root is None
        self.root = handle.root or handle.git_dir
        self._objects = Objects(handle)
        self._refs = Refs(handle)
        self._merges = Merges(handle)
        self._porcelain = Porcelain(handle)
        self._checkout = Checkout(handle)
        self._remotes = Remotes(handle)

    @classmethod
    def discover(cls, start: Path) -> "Repository":
        """The repository that `start` lies in. Raises NotAWorkspace when there is none."""
        return cls(discover(start))

    def identity(self) -> tuple[str, str] | None:
        """Name and e-mail that the person's own commits would get; None where git would have to guess."""
        return self._porcelain.identity()

    def setting(self, name: str) -> str | None:
        """Value of a setting of git's configuration (`core.hooksPath`), or None."""
        config = self._handle.git.config
        return str(config[name]) if name in config else None

    # objects

    def read(self, tree_ish: str, path: str) -> bytes | None:
        """Content of the file at `path` of a commit or tree; None when there is none."""
        return self._objects.read(tree_ish, path)

    def blob(self, oid: str) -> bytes:
        """Content of a blob by its oid."""
        return self._objects.blob(oid)

    def entry(self, tree_ish: str, path: str) -> TreeEntry | None:
        """What is at `path` (a file, link, folder or submodule), or None."""
        return self._objects.entry(tree_ish, path)

    def entries(self, tree_ish: str, under: str = "") -> list[TreeEntry]:
        """Every file, link and submodule below `under`, at any depth; paths are from the root of the tree."""
        return self._objects.entries(tree_ish, under)

    def children(self, tree_ish: str, under: str = "") -> list[TreeEntry]:
        """Entries of the folder `under`, one level."""
        return self._objects.children(tree_ish, under)

    def changed(self, old: str, new: str) -> list[str]:
        """Paths whose content or mode differs, sorted."""
        return self._objects.changed(old, new)

    def edits(self, old: str, new: str) -> list[Edit]:
        """What differs, by path, with the modes before and after."""
        return self._objects.edits(old, new)

    def rows(self, tree_ish: str, under: str = "") -> list[tuple[str, str]]:
        """(mode, name) of each entry of the folder `under`, exactly as its object has them."""
        return self._objects.rows(tree_ish, under)

    def tree_oid(self, tree_ish: str) -> str:
        """Oid of the tree that `tree_ish` is or has."""
        return self._objects.tree_oid(tree_ish)

    def write_blob(self, content: bytes) -> str:
        """Store `content` as it is (no filter); its oid."""
        return self._objects.write_blob(content)

    def edit_tree(self, tree_ish: str | None, changes: Mapping[str, Change]) -> str:
        """Oid of the tree `tree_ish` (None: empty) with `changes` laid over it; None deletes a path."""
        return self._objects.edit_tree(tree_ish, changes)

    def commit(
        self, tree: str, parents: Sequence[str], message: str, author: Signature, committer: Signature | None = None
    ) -> str:
        """Store a commit; its oid. No ref moves, no hook runs."""
        return self._objects.commit(tree, parents, message, author, committer)

    def commit_info(self, oid: str) -> CommitInfo:
        """The commit `oid`."""
        return self._objects.commit_info(oid)

    def history(self, tip: str, first_parent: bool = True, stop: str | None = None) -> Iterator[CommitInfo]:
        """Commits from `tip` backwards, without `stop` and what lies behind it."""
        return self._objects.history(tip, first_parent, stop)

    # refs

    def resolve(self, revision: str) -> str | None:
        """Oid of the commit a branch, tag or oid (with ^ ~ @{..}) names, or None; GitError for anything odder."""
        return self._refs.resolve(revision)

    def head(self) -> str | None:
        """Oid of the checked-out commit; None before the first one."""
        return self._refs.head()

    def head_branch(self) -> str | None:
        """Short name of the checked-out branch; None when HEAD is detached."""
        return self._refs.head_branch()

    def ref(self, name: str) -> str | None:
        """Oid that the full ref name points to, or None."""
        return self._refs.ref(name)

    def refs(self, prefix: str) -> list[tuple[str, str]]:
        """(name, oid) of every ref whose name begins with `prefix`, sorted."""
        return self._refs.refs(prefix)

    def swap(self, updates: Sequence[RefUpdate], message: str = "frmo", patience_s: float = PATIENCE_S) -> bool:
        """Move all refs or none, each from its old value; False when one old value doesn't hold."""
        return self._refs.swap(updates, message, patience_s)

    def swap_with_retry(
        self, updates: Callable[[], Sequence[RefUpdate] | None], message: str = "frmo", patience_s: float = 60.0
    ) -> bool:
        """Swap what `updates()` builds, building anew after each lost race; False when it builds None."""
        return self._refs.swap_with_retry(updates, message, patience_s)

    # merges

    def merge_base(self, one: str, other: str) -> str | None:
        """Oid of the best common ancestor of two commits, or None."""
        return self._merges.merge_base(one, other)

    def is_ancestor(self, old: str, new: str) -> bool:
        """True when commit `new` contains commit `old`."""
        return self._merges.is_ancestor(old, new)

    def merge_tree(self, base: str, ours: str, theirs: str) -> Merge:
        """Three-way merge in memory of three commits or trees."""
        return self._merges.merge_tree(base, ours, theirs)

    # the person's checkout

    def branch(self) -> tuple[str, str]:
        """Ref and oid of the checked-out branch. GitError when HEAD is detached, or a merge, rebase … is going on."""
        return self._checkout.branch()

    def obstacles(self, tree_ish: str) -> list[Obstacle]:
        """What in the checkout would be lost by going from HEAD to `tree_ish`."""
        return self._checkout.obstacles(tree_ish)

    def advance(self, new: str, message: str) -> None:
        """Bring branch, index and files of the checkout to the commit `new`, a child of HEAD or the very first one.

        GitError naming what would be lost; RefMoved when HEAD is not a parent of `new` (any more).
        """
        self._checkout.advance(new, message)

    # other repositories

    def remote(self) -> str | None:
        """Name of the remote that the checked-out branch has, else `origin`, else the only one; None without."""
        return self._remotes.usual()

    def fetch(self, remote: str, ref: str) -> str | None:
        """Bring one branch of `remote` to its remote-tracking ref; its oid, None when it isn't there. May take long."""
        return self._remotes.fetch(remote, ref)

    # the git program

    def is_dirty(self, paths: Sequence[str]) -> list[str]:
        """Those of `paths` that are tracked and have staged or unstaged changes."""
        return [path for path in paths if self._handle.dirty(path)]

    def also_read(self, objects: Path) -> None:
        """Find objects in the folder `objects` too: what a push brings lies apart until a hook lets it in."""
        self._handle.also_read(objects)

    def ignored(self, paths: Sequence[str]) -> list[str]:
        """Those of `paths` that the ignore rules would hide if they were untracked. End a folder with '/'."""
        return self._porcelain.ignored(paths)

    def pack_refs(self) -> None:
        """Put all refs into one file, as upkeep does; safe beside writers."""
        self._porcelain.run("pack-refs", "--all", "--prune")

    def diff_text(self, old: str, new: str, paths: Sequence[str] | None = None, color: bool = False) -> str:
        """Unified diff of two commits or trees, limited to `paths` (taken literally; None: all)."""
        return self._porcelain.diff_text(old, new, paths, color)
