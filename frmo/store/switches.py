"""Kill switches: `state/switches/<name>.yaml`. A switch that is off stops the thing it is named after.

Names: `everything`, `learning`, `agent-<kind>`, `validator-<name>`. No file: on. A switch acts at once, so the file
on disk counts beside the committed one and the one that says off wins; a file that can't be read is off.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from frmo.errors import GitError, InputError, UsageFault
from frmo.files import atomic, yaml_file
from frmo.files.reading import read
from frmo.model.trailers import commit_message
from frmo.repo.repository import FileChange, Signature
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


def turn(workspace: Workspace, name: str, *, on: bool, why: str, now: float) -> tuple[Switch, str | None, str]:
    """Write the switch `name` and commit it on the current branch: the switch, the commit, why there is none.

    The file comes first, so that it acts at once; where git can't commit now (HEAD detached, a merge going on) it stays.
    """
    who = workspace.repo.identity()
    if who is None:
        raise UsageFault('git does not know who you are; tell it once: `git config user.name "Your Name"`')
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    switch = Switch(name, on, why=why, by=who[0], at=at)
    content, path = written(switch), workspace.path(f"{FOLDER}/{name}.yaml")
    checked("switch", content, path)
    place = workspace.root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(place, content)
    repo = workspace.repo
    head = repo.head()
    if head is None:
        return switch, None, "there is no commit yet"
    word = "on" if on else "off"
    message = commit_message("switch", f"{name} {word}: {why}", [("Frmo-Step", "switch"), ("Frmo-Status", word)])
    commit = repo.commit(repo.edit_tree(head, {path: FileChange(content)}), [head], message, Signature(*who, now))
    try:
        repo.advance(commit, f"frmo switch {name} {word}")
    except GitError as fault:
        return switch, None, str(fault)
    return switch, commit, ""


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
