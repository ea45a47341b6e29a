"""Another repository that git knows by a name: which one, and fetching one ref of it. Nothing is pushed here."""

import contextlib
import re

import pygit2

from frmo.errors import GitError
from frmo.repo.handle import Handle
from frmo.repo.names import checked_ref
from frmo.repo.porcelain import Porcelain

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
# What reaches a remote and runs no program that its address names (`ext::…`).
_ALLOWED = ("file", "git", "http", "https", "ssh")
_ABSENT = "couldn't find remote ref"


class Remotes:
    """The remotes of one repository."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._porcelain = Porcelain(handle)

    def usual(self) -> str | None:
        """The remote of the checked-out branch, else `origin`, else the only one; None where there is no such."""
        git = self._handle.git
        names = [name for name in git.remotes.names() if name and _NAME.fullmatch(name)]
        own = None
        with contextlib.suppress(pygit2.GitError, KeyError):  # no commit yet, or a branch that follows nothing
            own = git.config[f"branch.{git.head.shorthand}.remote"]
        wanted = own if own in names else "origin"
        return wanted if wanted in names else (names[0] if len(names) == 1 else None)

    def fetch(self, remote: str, ref: str) -> str | None:
        """Bring `refs/heads/…` of `remote` to its remote-tracking ref; the oid, None when the remote has it not.

        Raises GitError when it can't be reached.
        """
        if not _NAME.fullmatch(remote):
            raise GitError(f"{remote[:60]!r} is no name of a remote that frmo uses.")
        target = f"refs/remotes/{remote}/{checked_ref(ref).removeprefix('refs/heads/')}"
        allowed = [part for name in _ALLOWED for part in ("-c", f"protocol.{name}.allow=always")]
        slow = ("-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=20")
        plain = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        options = (*plain, "--upload-pack=git-upload-pack", "--end-of-options")  # whatever program the settings name
        try:
            self._porcelain.run(*allowed, *slow, "fetch", *options, remote, f"+{ref}:{target}")
        except GitError as fault:
            if _ABSENT in str(fault):
                return None
            raise
        found = self._handle.git.references.get(target)
        return str(found.target) if found is not None else None
