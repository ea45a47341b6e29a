"""A new repository with a first commit: for the demo and for folders that are no repository yet."""

from collections.abc import Mapping
from pathlib import Path

import pygit2

from frmo.repo.repository import Repository

BRANCH = "main"


def new_repository(folder: Path) -> None:
    """Make `folder` a git repository without a commit, on branch main."""
    pygit2.init_repository(str(folder), initial_head=BRANCH)


def create(folder: Path, files: Mapping[str, bytes], message: str, *, fallback: tuple[str, str]) -> Repository:
    """Make a repository in `folder`, write `files` into it (path to content) and commit them.

    The author is git's own idea of the person, else `fallback` (name, e-mail), which is then kept in the repository.
    """
    handle = pygit2.init_repository(str(folder), initial_head=BRANCH)
    repo = Repository.discover(folder)
    who = repo.identity()
    if who is None:
        who = fallback
        handle.config["user.name"], handle.config["user.email"] = fallback
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        handle.index.add(path)
    handle.index.write()
    signature = pygit2.Signature(*who)
    handle.create_commit("HEAD", signature, signature, message, handle.index.write_tree(), [])
    return repo
