"""Paths and globs in files that people write: inside the repository, safe to hand on, never git's own."""

from collections.abc import Callable

import jsonschema

from frmo.model.names import folded, path_fault

FORMATS = jsonschema.FormatChecker(formats=())
_GIT = {".git", "git~1"}


def why_not(path: str) -> str | None:
    """Why `path` (a file, a folder with or without '/' at its end, or a glob) may not be named, or None."""
    plain = path.removesuffix("/")
    if fault := path_fault(plain):
        return f"is {fault}" if fault.startswith("not") else fault
    if plain.startswith("-"):
        return "begins with '-'"
    if any(folded(part) in _GIT for part in plain.split("/")):
        return "is git's own"
    return None


def _allowed(value: object) -> bool:
    return not isinstance(value, str) or why_not(value) is None


_checked: Callable[[object], bool] = FORMATS.checks("path")(_allowed)
_checked = FORMATS.checks("glob")(_allowed)
