"""The demo: a small repository with six tasks, from trivial to too hard for a small model, made anew in a folder."""

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from frmo.errors import UsageFault
from frmo.repo.creation import create

_PERSON = ("frmo demo", "demo@frmo.invalid")


def make_project(folder: Path) -> None:
    """A git repository in `folder` (new or empty) with the demo's code and tests committed.

    Raises UsageFault for a folder that holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageFault(f"{folder} is there already and not empty; name another folder: frmo demo FOLDER")
    folder.mkdir(parents=True, exist_ok=True)
    files = dict(_files(resources.files("frmo") / "defaults" / "demo"))
    project = {path: content for path, content in files.items() if not path.startswith("tasks/")}
    create(folder, project, "A tool kit whose functions are still missing\n", fallback=_PERSON)


def drop_tasks(folder: Path, inbox: str) -> list[str]:
    """Write the demo's task files into the inbox, as a person would; their paths in the repository."""
    dropped = []
    for path, content in sorted(_files(resources.files("frmo") / "defaults" / "demo" / "tasks")):
        place = folder / inbox / path
        place.write_bytes(content)
        dropped.append(f"{inbox}/{path}")
    return dropped


def _files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir():
            if item.name != "__pycache__":
                yield from _files(item, f"{prefix}{item.name}/")
        else:
            yield prefix + item.name, item.read_bytes()
