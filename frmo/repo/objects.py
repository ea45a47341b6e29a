"""Objects of a repository: blobs, trees built in memory, commits. No index file, no worktree, no filter, no hook."""

from collections.abc import Iterator, Mapping, Sequence

import pygit2
from pygit2.enums import SortMode

from frmo.errors import GitError
from frmo.repo.handle import Handle, doing
from frmo.repo.names import checked_path, is_oid
from frmo.repo.shapes import FOLDER, Change, CommitInfo, Edit, FileChange, Graft, Signature, TreeEntry

_Branch = dict[str, "_Branch | FileChange | Graft | None"]


class Objects:
    """Reads and writes objects. A tree-ish is the oid of a commit or a tree."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def tree_oid(self, tree_ish: str) -> str:
        """Oid of the tree that `tree_ish` is or has."""
        return str(self._tree(tree_ish).id)

    def entry(self, tree_ish: str, path: str) -> TreeEntry | None:
        """What is at `path`, or None."""
        found = self._at(self._tree(tree_ish), path)
        return TreeEntry(path, int(found.filemode), str(found.id)) if found is not None else None

    def read(self, tree_ish: str, path: str) -> bytes | None:
        """Content of the file (or the target of the link) at `path`; None when there is none."""
        found = self._at(self._tree(tree_ish), path)
        return found.data if isinstance(found, pygit2.Blob) else None

    def blob(self, oid: str) -> bytes:
        """Content of a blob by its oid."""
        found = self._object(oid)
        if not isinstance(found, pygit2.Blob):
            raise GitError(f"{oid} is not a file's content.")
        return found.data

    def children(self, tree_ish: str, under: str = "") -> list[TreeEntry]:
        """Entries of the folder `under`, one level; [] when there is no such folder."""
        folder = self._folder(tree_ish, under)
        lead = f"{under}/" if under else ""
        return [TreeEntry(lead + _name(item), int(item.filemode), str(item.id)) for item in folder or ()]

    def entries(self, tree_ish: str, under: str = "") -> list[TreeEntry]:
        """Every file, link and submodule below `under`, at any depth, in tree order."""
        folder = self._folder(tree_ish, under)
        return list(_walk(folder, f"{under}/" if under else "")) if folder is not None else []

    def changed(self, old: str, new: str) -> list[str]:
        """Paths whose content or mode differs between two tree-ishes, sorted. A rename is two paths."""
        diff = self._tree(old).diff_to_tree(self._tree(new))
        found = set()
        for delta in diff.deltas:
            found.add(_decoded(delta.old_file.raw_path))
            found.add(_decoded(delta.new_file.raw_path))
        return sorted(found)

    def edits(self, old: str, new: str) -> list[Edit]:
        """What differs between two tree-ishes, by path, with the modes before and after."""
        found: dict[str, Edit] = {}
        for delta in self._tree(old).diff_to_tree(self._tree(new)).deltas:
            path = _decoded(delta.new_file.raw_path)
            before, after = int(delta.old_file.mode) or None, int(delta.new_file.mode) or None
            there = found.get(path)  # a file that became a link is a deletion and an addition
            found[path] = Edit(
                path, before or (there.before if there else None), after or (there.after if there else None)
            )
        return sorted(found.values(), key=lambda item: item.path)

    def rows(self, tree_ish: str, under: str = "") -> list[tuple[str, str]]:
        """(mode, name) of the folder `under` as its object's bytes have them: nothing normalized, nothing left out."""
        folder = self._folder(tree_ish, under)
        content = self._handle.git.read(folder.id)[1] if folder is not None else b""
        found = []
        while content:
            head, _, content = content.partition(b"\0")
            mode, _, name = head.partition(b" ")
            found.append((mode.decode("ascii", "replace"), _decoded(name)))
            content = content[20:] if folder is not None and len(folder.id.raw) == 20 else content[32:]
        return found

    def write_blob(self, content: bytes) -> str:
        """Store `content` as it is; its oid."""
        with doing("store a file"):
            return str(self._noted(self._handle.git.create_blob(content)))

    def edit_tree(self, tree_ish: str | None, changes: Mapping[str, Change]) -> str:
        """Oid of `tree_ish` (None: nothing) with `changes` laid over it, in any order. Empty folders vanish.

        A file put below an existing file replaces it by a folder, and the other way round. Raises GitError when two
        changes can't both be (`a` and `a/b` both as files).
        """
        planned: _Branch = {}
        for path in sorted(changes):
            _plant(planned, checked_path(path).split("/"), changes[path], path)
        start = self._tree(tree_ish) if tree_ish is not None else None
        with doing("store a tree"):
            return str(self._write(start, planned) or self._noted(self._handle.git.TreeBuilder().write()))

    def commit(
        self, tree: str, parents: Sequence[str], message: str, author: Signature, committer: Signature | None = None
    ) -> str:
        """Store a commit; its oid. No ref moves."""
        who, by = _signed(author), _signed(committer or author)
        with doing("store a commit"):
            oid = self._handle.git.create_commit(None, who, by, message, pygit2.Oid(hex=tree), list(parents))
            return str(self._noted(oid))

    def commit_info(self, oid: str) -> CommitInfo:
        """The commit `oid`. Raises GitError when there is none."""
        found = self._object(oid)
        if not isinstance(found, pygit2.Commit):
            raise GitError(f"{oid} is not a commit.")
        return _info(found)

    def history(self, tip: str, first_parent: bool = True, stop: str | None = None) -> Iterator[CommitInfo]:
        """Commits from `tip` backwards. `stop`: that commit and what it reaches are left out.

        With `first_parent` only the first parent of each commit is followed, until `stop` itself is met.
        """
        if not first_parent:
            walker = self._handle.git.walk(pygit2.Oid(hex=tip), SortMode.TOPOLOGICAL | SortMode.TIME)
            if stop:
                walker.hide(pygit2.Oid(hex=stop))
            yield from (_info(item) for item in walker)
            return
        next_oid: str | None = tip
        while next_oid and next_oid != stop:
            info = self.commit_info(next_oid)
            yield info
            next_oid = info.parents[0] if info.parents else None

    def _noted(self, oid: pygit2.Oid) -> pygit2.Oid:
        """A written object is made safe before the next ref moves."""
        self._handle.unsynced.add(oid)
        return oid

    def _object(self, oid: str) -> pygit2.Object:
        found = self._handle.git.get(oid) if is_oid(oid) else None
        if found is None:
            raise GitError(f"There is no object {oid[:60]!r} in {self._handle.git_dir}.")
        return found

    def _tree(self, tree_ish: str) -> pygit2.Tree:
        found = self._object(tree_ish)
        if isinstance(found, pygit2.Commit):
            return found.tree
        if not isinstance(found, pygit2.Tree):
            raise GitError(f"{tree_ish} is neither a commit nor a tree.")
        return found

    @staticmethod
    def _at(tree: pygit2.Tree, path: str) -> pygit2.Object | None:
        try:
            return tree[path] if path else None
        except KeyError:
            return None

    def _folder(self, tree_ish: str, under: str) -> pygit2.Tree | None:
        tree = self._tree(tree_ish)
        found = self._at(tree, under) if under else tree
        return found if isinstance(found, pygit2.Tree) else None

    def _write(self, tree: pygit2.Tree | None, planned: _Branch) -> pygit2.Oid | None:
        """Oid of `tree` with `planned` laid over it; None when nothing is left."""
        git = self._handle.git
        builder = git.TreeBuilder(tree) if tree is not None else git.TreeBuilder()
        for name, change in planned.items():
            if isinstance(change, FileChange):
                builder.insert(name, self._noted(git.create_blob(change.content)), change.mode)
            elif isinstance(change, Graft):
                builder.insert(name, pygit2.Oid(hex=change.oid), change.mode)
            elif (there := builder.get(name)) is not None or change is not None:
                self._fold(builder, name, there, change)
        return self._noted(builder.write()) if len(builder) else None

    def _fold(
        self, builder: pygit2.TreeBuilder, name: str, there: pygit2.Object | None, planned: "_Branch | None"
    ) -> None:
        """Put changed folder `name` into `builder`, or take out what is deleted or became empty."""
        below = there if isinstance(there, pygit2.Tree) else None
        oid = self._write(below, planned) if planned is not None else None
        if oid is not None:
            builder.insert(name, oid, FOLDER)
        elif there is not None and (planned is None or below is not None):
            builder.remove(name)


def _plant(planned: _Branch, parts: Sequence[str], change: Change, path: str) -> None:
    """Put one change into the nested plan; a deletion of a folder gives way to files put below it."""
    *folders, name = parts
    for folder in folders:
        below = planned.get(folder)
        if not isinstance(below, dict):
            if below is not None:
                if change is None:  # gone anyway: a file takes the folder's place
                    return
                raise GitError(f"{path!r} can't be put below {folder!r}, which is changed as a file.")
            below = planned[folder] = {}
        planned = below
    if isinstance(planned.get(name), dict):
        raise GitError(f"{path!r} can't be both a file and a folder.")
    planned[name] = change


def _walk(tree: pygit2.Tree, lead: str) -> Iterator[TreeEntry]:
    for item in tree:
        if isinstance(item, pygit2.Tree):
            yield from _walk(item, f"{lead}{_name(item)}/")
        else:
            yield TreeEntry(lead + _name(item), int(item.filemode), str(item.id))


def _name(item: pygit2.Object) -> str:
    return _decoded(item.raw_name or b"")


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _signed(who: Signature) -> pygit2.Signature:
    return pygit2.Signature(who.name, who.email, int(who.when), 0)


def _info(found: pygit2.Commit) -> CommitInfo:
    author = found.author
    who = Signature(
        author.raw_name.decode("utf-8", "replace"), author.raw_email.decode("utf-8", "replace"), float(author.time)
    )
    message = found.raw_message.decode("utf-8", "replace")
    return CommitInfo(str(found.id), str(found.tree_id), tuple(map(str, found.parent_ids)), message, who)
