"""A Python interpreter as programs in the sandbox see it: its path and what has to be shown with it."""

import sys
from dataclasses import dataclass
from pathlib import Path

from frmo.errors import Fault, InputError
from frmo.sandbox.interpreter import python_mounts
from frmo.sandbox.program import Mount


@dataclass(frozen=True)
class Interpreter:
    """`path`: the executable, the same inside and outside. `mounts`: what it needs beyond the system's folders."""

    path: Path
    mounts: tuple[Mount, ...] = ()


def own() -> Interpreter:
    """The interpreter that runs frmo, with frmo's own tools beside it."""
    return Interpreter(Path(sys.executable), python_mounts(Path(sys.executable)))


def resolve(python: str | None, root: Path, where: str) -> Interpreter:
    """The interpreter that `environment.python` names: an executable or a virtual environment, from `root` on.

    None: frmo's own. Raises InputError, naming `where` it was written, when there is none.
    """
    if python is None:
        return own()
    place = (root / python).absolute()
    candidates = [place / "bin" / "python", place / "bin" / "python3"] if place.is_dir() else [place]
    found = next((path for path in candidates if path.is_file()), None)
    hint = f"make it: python3 -m venv {python} && {python}/bin/pip install pytest"
    if found is None:
        raise InputError([Fault(where, f"environment.python: no interpreter at {python!r}", hint=hint)])
    try:
        return Interpreter(found, python_mounts(found))
    except (ValueError, FileNotFoundError) as fault:
        raise InputError([Fault(where, f"environment.python: {fault}", hint=hint)]) from fault
