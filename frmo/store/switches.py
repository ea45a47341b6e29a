"""Kill switches: `state/switches/<name>.yaml`. A switch that is off stops the thing it is named after.

Names: `everything`, `learning`, `agent-<kind>`, `validator-<name>`. No file: on. A switch acts at once, so the file
on disk counts beside the committed one and the one that says off wins; a file that can't be read is off.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from frmo.errors import InputError
from frmo.files import yaml_file
from frmo.files.reading import read
from frmo.store.documents import checked
from frmo.store.workspace import Workspace

FOLDER = "state/switches"


@dataclass(frozen=True)
class Switch:
    """`on` False: the thing `name` is stopped; `why`, `by` and `at` (UTC) are what the person said."""

    name: str
    on: bool
    why: str = ""
    by: str = ""
    at: str = ""


def switches(workspace: Workspace) -> Mapping[str, Switch]:
    """Every switch that has a file, by name."""
    found = {name: _committed(workspace, name) for name in _names(workspace.names(FOLDER))}
    folder = workspace.place(FOLDER)
    if not workspace.repo.bare and folder.is_dir():
        for name in _names(sorted(path.name for path in folder.iterdir())):
            now = _on_disk(workspace, name)
            if name not in found or found[name].on:
                found[name] = now
    return found


def stopped(workspace: Workspace, name: str) -> Switch | None:
    """The switch that stops the thing `name` (itself or `everything`), or None when it may go on."""
    found = switches(workspace)
    return next((found[key] for key in ("everything", name) if key in found and not found[key].on), None)


def written(switch: Switch) -> bytes:
    """Content of the switch's file."""
    data = {"on": switch.on, "why": switch.why, "by": switch.by, "at": switch.at}
    return yaml_file.canonical({key: value for key, value in data.items() if value != ""})


def _names(files: list[str]) -> list[str]:
    return [name.removesuffix(".yaml") for name in files if name.endswith(".yaml") and not name.startswith(".")]


def _committed(workspace: Workspace, name: str) -> Switch:
    return _switch(name, workspace.committed(f"{FOLDER}/{name}.yaml") or b"", workspace)


def _on_disk(workspace: Workspace, name: str) -> Switch:
    try:
        content = read(workspace.place(f"{FOLDER}/{name}.yaml"), workspace.path(f"{FOLDER}/{name}.yaml"))
    except InputError as error:
        return Switch(name, on=False, why=str(error))
    return _switch(name, content, workspace)


def _switch(name: str, content: bytes, workspace: Workspace) -> Switch:
    try:
        return Switch(name, **checked("switch", content, workspace.path(f"{FOLDER}/{name}.yaml")))
    except InputError as error:
        return Switch(name, on=False, why=str(error))
