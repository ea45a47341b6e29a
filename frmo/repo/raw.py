"""The same writes as a step's, by pygit2 alone: the limit that `frmo bench store` measures the door against."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pygit2

from frmo.repo.handle import discover
from frmo.repo.porcelain import Porcelain

_FOLDER, _FILE = 0o040000, 0o100644


class RawBranch:
    """Puts commits on one branch: no checks, no flock, no messages of frmo's, no made-safe objects."""

    def __init__(self, git_dir: Path, ref: str) -> None:
        self._git = pygit2.Repository(str(git_dir))
        self._ref = ref
        self._tip = self._git.references[ref].target
        self._who = pygit2.Signature("raw", "raw@localhost", 1, 0)

    def commit(self, files: Mapping[str, bytes], message: str) -> None:
        """One commit that lays `files` over the branch, and the ref moved under its lock."""
        commit = self._git[self._tip]
        assert isinstance(commit, pygit2.Commit)
        nested: dict[str, object] = {}
        for path, content in files.items():
            *folders, name = path.split("/")
            place = nested
            for folder in folders:
                below = place.setdefault(folder, {})
                assert isinstance(below, dict)
                place = below
            place[name] = content
        tree = self._write(commit.tree, nested)
        new = self._git.create_commit(None, self._who, self._who, message, tree, [self._tip])
        with self._git.transaction() as transaction:
            transaction.lock_ref(self._ref)
            assert self._git.references[self._ref].target == self._tip
            transaction.set_target(self._ref, new)
        self._tip = new

    def _write(self, tree: pygit2.Tree | None, nested: Mapping[str, object]) -> pygit2.Oid:
        builder = self._git.TreeBuilder(tree) if tree is not None else self._git.TreeBuilder()
        for name, item in nested.items():
            if isinstance(item, dict):
                there = builder.get(name)
                below = there if isinstance(there, pygit2.Tree) else None
                builder.insert(name, self._write(below, item), _FOLDER)
            else:
                assert isinstance(item, bytes)
                builder.insert(name, self._git.create_blob(item), _FILE)
        return builder.write()


def import_history(root: Path, ref: str, commits: Iterable[Sequence[tuple[str, bytes]]]) -> None:
    """Make `ref` a long history quickly: one commit per item, each with its (path, content) pairs."""
    rows = []
    for number, files in enumerate(commits):
        message = f"commit {number}".encode()
        rows.append(b"commit %s\ncommitter raw <raw@localhost> %d +0000\n" % (ref.encode(), number + 1))
        rows.append(b"data %d\n%s\n" % (len(message), message))
        for path, content in files:
            rows.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))
    Porcelain(discover(root)).run("fast-import", "--quiet", stdin=b"".join(rows))
