"""The git hooks of a workspace: copies of the shipped scripts in git's own hooks folder, beside what was there."""

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from frmo.files import atomic
from frmo.repo.repository import Repository

EVENTS = ("pre-commit", "pre-receive", "reference-transaction")
KEPT = ".before-frmo"
_MARK = b"# frmo hook"


@dataclass(frozen=True)
class Installed:
    """`events`: hooks now in place. `kept`: those that were there before and are called first. `skipped`: why none are."""

    events: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    skipped: str = ""


def install(repo: Repository) -> Installed:
    """Copy the shipped hooks (never the tracked ones) into git's hooks folder; doing it twice is doing it once.

    A foreign hook is renamed to `<event>.before-frmo`, and called first. With `core.hooksPath` nothing is installed.
    """
    configured = repo.setting("core.hooksPath")
    folder = repo.git_dir / "hooks"
    if configured and Path(configured).expanduser() != folder:
        return Installed(skipped=f"core.hooksPath is {configured}")
    taken = [event for event in EVENTS if _foreign(folder / event) and os.path.lexists(folder / (event + KEPT))]
    if taken:
        return Installed(skipped=f"{folder / taken[0]} is not frmo's, and {taken[0]}{KEPT} is there already")
    try:
        folder.mkdir(exist_ok=True)
        return Installed(EVENTS, tuple(event for event in EVENTS if _installed(folder, event)))
    except OSError as error:
        return Installed(skipped=f"{folder} can't be written: {error.strerror}")


def standing(repo: Repository) -> dict[str, str]:
    """Each event to how its hook stands: `installed`, `outdated`, `missing`, `foreign`, or `elsewhere` (core.hooksPath)."""
    configured = repo.setting("core.hooksPath")
    folder = repo.git_dir / "hooks"
    if configured and Path(configured).expanduser() != folder:
        return dict.fromkeys(EVENTS, "elsewhere")
    return {event: _standing(folder / event, event) for event in EVENTS}


def _standing(place: Path, event: str) -> str:
    if not os.path.lexists(place):
        return "missing"
    if _foreign(place):
        return "foreign"
    current = place.read_bytes() == _shipped(event) and os.access(place, os.X_OK)
    return "installed" if current else "outdated"


def _shipped(event: str) -> bytes:
    return (resources.files("frmo") / "defaults" / "hooks" / event).read_bytes()


def _installed(folder: Path, event: str) -> bool:
    """Put one hook in place; True when a foreign one is called first."""
    content = _shipped(event)
    place, before = folder / event, folder / (event + KEPT)
    if _foreign(place):
        atomic.place(place, before)
    if not place.exists() or place.read_bytes() != content:
        atomic.write(place, content, mode=0o755)
    return os.path.lexists(before)


def _foreign(place: Path) -> bool:
    if not os.path.lexists(place):
        return False
    return place.is_symlink() or not place.is_file() or _MARK not in place.read_bytes()[:400]
