"""Finds modules without importing them: which of the names given on stdin the project's interpreter can't resolve."""

from __future__ import annotations

import importlib.machinery
import json
import os
import sys


def main() -> None:
    """`{"paths": [...], "names": [...]}` on stdin; the list of names that resolve to nothing on stdout."""
    request = json.load(sys.stdin)
    root = os.getcwd()  # noqa: PTH109  pathlib costs start-up time
    sys.path[:1] = [os.path.normpath(os.path.join(root, path)) for path in request["paths"]]  # noqa: PTH118
    print(json.dumps([name for name in request["names"] if not found(name)]))  # noqa: T201  stdout is how it answers


def found(name: str) -> bool:
    """True when `a.b.c` is a module; packages are looked into, never run."""
    parts, path = name.split("."), None
    for count in range(1, len(parts) + 1):
        spec = located(".".join(parts[:count]), path)
        if spec is None:
            return False
        places = spec.submodule_search_locations
        if places is None:
            # A module that isn't a package may still offer names with dots (os.path): only running it would tell.
            return True
        path = list(getattr(places, "_path", places))
    return True


def located(name: str, path: list[str] | None) -> importlib.machinery.ModuleSpec | None:
    """Spec of one module, asked of every finder (editable installs bring their own)."""
    for finder in sys.meta_path:
        spec = finder.find_spec(name, path, None)
        if spec is not None:
            return spec
    return None


if __name__ == "__main__":
    main()
