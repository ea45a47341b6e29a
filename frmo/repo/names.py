"""What may be handed to git as a revision, a ref or a path: one strict check each, so that no value is an option."""

import re

from frmo.errors import GitError

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REVISION = re.compile(r"(?:@|\w[\w./#+%=,@-]*)(?:\^[0-9]{0,2}|~[0-9]{0,6}|@\{[\w-]{1,20}\})*")
_REF = re.compile(r"refs/(?:heads|remotes|tags|frmo)(?:/[\w#+%=,@][\w.#+%=,@-]*)+")


def is_oid(text: str) -> bool:
    """True for a full hexadecimal object id."""
    return _OID.fullmatch(text) is not None


def checked_revision(text: str) -> str:
    """`text` when it is a plain revision (branch, tag, oid, with ^ ~ @{..} behind it). Raises GitError."""
    if len(text) > 250 or ".." in text or not _REVISION.fullmatch(text):
        raise GitError(f"{text[:80]!r} is not a revision frmo takes. Name a branch, a tag or a commit.")
    return text


def checked_ref(name: str) -> str:
    """`name` when it is a full ref name that frmo may read or write. Raises GitError."""
    odd = ".." in name or "@{" in name or any(part.endswith((".", ".lock")) for part in name.split("/"))
    if len(name) > 250 or odd or not _REF.fullmatch(name):
        raise GitError(f"{name[:80]!r} is not a ref name frmo takes.")
    return name


def checked_path(path: str) -> str:
    """`path` when it can be an entry of a tree: relative, no empty part, '.', '..' or '.git'. Raises GitError."""
    parts = path.split("/")
    if not path or "\0" in path or any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise GitError(f"{path[:200]!r} can't be a path in a commit.")
    return path
