"""What a Python interpreter needs to be shown in a sandbox: its own prefix, and the one its virtual environment builds on.

Nothing is executed to find out: an environment may lie in a folder that others write. Only the folders of an installation
are shown (`bin`, `lib`, …), never a whole prefix, which could hold anything.
"""

import re
from pathlib import Path

from frmo.sandbox.program import Mount

_PARTS = ("bin", "lib", "lib64", "pyvenv.cfg")
_SHOWN_ANYWAY = ("/usr/", "/bin/", "/lib/", "/lib64/", "/nix/store/")
_LINKS = 16


def python_mounts(executable: Path) -> tuple[Mount, ...]:
    """Read-only mounts at the same paths, so that `executable` (absolute) runs inside; none for a system interpreter.

    Raises FileNotFoundError when there is no such interpreter, ValueError when its prefix is no Python installation.
    """
    mounts: dict[str, Mount] = {}
    for prefix in _prefixes(executable):
        for name in _PARTS:
            path = prefix / name
            shown = str(path).startswith(_SHOWN_ANYWAY)
            # A planted `lib` that links elsewhere shows nothing of elsewhere.
            if not shown and path.exists() and path.resolve().is_relative_to(prefix.resolve()):
                mounts[str(path)] = Mount(path.resolve(), str(path))
    return tuple(mounts.values())


def _prefixes(executable: Path) -> list[Path]:
    """Every prefix on the way from `executable` through its links and `pyvenv.cfg` files, in order."""
    found: list[Path] = []
    for hop in _hops(executable):
        prefix = hop.parent.parent
        base = _base_of(prefix)
        for path in (prefix, *([base] if base else [])):
            if path not in found and _is_installation(path):
                found.append(path)
    if not any(not (path / "pyvenv.cfg").exists() for path in found):
        raise ValueError(f"{executable} belongs to no Python installation that can be shown in the sandbox")
    return found


def _hops(executable: Path) -> list[Path]:
    """`executable` and the target of each link it leads through."""
    if not executable.is_absolute():
        raise ValueError(f"{executable} is not an absolute path")
    hops = [executable]
    while hops[-1].is_symlink() and len(hops) < _LINKS:
        target = hops[-1].readlink()
        hops.append(Path(_normal(hops[-1].parent / target)))
    if not hops[-1].is_file():
        raise FileNotFoundError(f"{executable}: no such interpreter")
    return hops


def _base_of(prefix: Path) -> Path | None:
    """Prefix named by `home` in `pyvenv.cfg`."""
    try:
        text = (prefix / "pyvenv.cfg").read_text(encoding="utf-8")[:10_000]
    except (OSError, UnicodeDecodeError):
        return None
    match = re.search(r"^home\s*=\s*(/\S.*?)\s*$", text, re.MULTILINE)
    return Path(_normal(Path(match[1]))).parent if match else None


def _is_installation(prefix: Path) -> bool:
    """A virtual environment, or a prefix with an interpreter and its standard library."""
    if not (prefix / "bin").is_dir():
        return False
    return (prefix / "pyvenv.cfg").is_file() or any(prefix.glob("lib*/python3*/os.py"))


def _normal(path: Path) -> str:
    """`path` without '.' and '..' parts, by its text."""
    parts: list[str] = []
    for part in path.parts[1:]:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/" + "/".join(parts)
