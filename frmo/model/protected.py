"""Protected paths: what decides about agents, and so may not be changed by one."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from frmo.model.names import folded

FOLDERS = ("protocols/", "state/", "logs/", "hooks/", "tasks/")
ANYWHERE = (".git*", ".github/")


def protected_patterns(prefix: str, more: Sequence[str] = ()) -> tuple[str, ...]:
    """Patterns of a workspace: its own five folders under `prefix`, git's files anywhere, and what the config adds."""
    folders = (prefix,) if prefix else FOLDERS
    return (*folders, *ANYWHERE, *more)


def is_protected(path: str, patterns: Iterable[str]) -> bool:
    """True when `path`, as any file system may read it, is one of `patterns`: folders end in '/', the rest are globs.

    A glob without a slash meets any part of the path (`.git*`), as people expect of ignore files.
    """
    plain = folded(path)
    parts = plain.split("/")
    for pattern in map(folded, patterns):
        if pattern.endswith("/"):
            if (plain + "/").startswith(pattern):
                return True
        elif "/" in pattern:
            if fnmatchcase(plain, pattern):
                return True
        elif any(fnmatchcase(part, pattern) for part in parts):
            return True
    return False
