"""Protocols: what `protocols/<role>/` of a commit tells one agent role, its version being the folder's tree."""

from functools import lru_cache
from typing import Any

from frmo.errors import Fault, InputError
from frmo.model.protocol import ChecklistItem, Protocol, protocol_from_mapping
from frmo.store.documents import examined
from frmo.store.workspace import Workspace


def load_protocol(workspace: Workspace, commit: str, role: str, profile: str | None = None) -> Protocol:
    """The protocol of `role` as `commit` has it, `profiles.<profile>` laid over it; items sorted by id.

    Raises InputError with the faults of all its files, or where the role has none.
    """
    folder = f"protocols/{role}"
    content = workspace.committed(f"{folder}/protocol.yaml", commit)
    entry = workspace.repo.entry(commit, workspace.path(folder))
    if content is None or entry is None:
        path = workspace.path(f"{folder}/protocol.yaml")
        raise InputError([Fault(path, "is not there", hint="`frmo init --upgrade` adds what is missing")])
    items = tuple(
        (name, workspace.committed(f"{folder}/checklist/{name}", commit) or b"")
        for name in workspace.names(f"{folder}/checklist", commit)
        if name.endswith(".yaml") and not name.startswith(".")
    )
    return _parsed(workspace.path(folder), entry.oid, profile, content, items)


@lru_cache(64)
def _parsed(
    folder: str, version: str, profile: str | None, content: bytes, files: tuple[tuple[str, bytes], ...]
) -> Protocol:
    path, role = f"{folder}/protocol.yaml", folder.rsplit("/", 1)[-1]
    document, found = examined("protocol", content, path)
    if not found and document.data["role"] != role:
        line, column = document.positions.value(("role",))
        found.append(Fault(path, f"role must be '{role}', as its folder is called", line, column))
    items = [_item(name, item, f"{folder}/checklist/{name}", found) for name, item in files]
    if found:
        raise InputError(found)
    ordered = sorted((_checklist_item(item) for item in items), key=lambda item: item.id)
    return protocol_from_mapping(document.data, ordered, version, profile)


def _item(name: str, content: bytes, path: str, found: list[Fault]) -> dict[str, Any]:
    document, wrong = examined("item", content, path)
    if not wrong and document.data["id"] != name.removesuffix(".yaml"):
        line, column = document.positions.value(("id",))
        wrong.append(Fault(path, f"id must be '{name.removesuffix('.yaml')}', as its file is called", line, column))
    found += wrong
    return {} if wrong else dict(document.data)


def _checklist_item(data: dict[str, Any]) -> ChecklistItem:
    return ChecklistItem(**{key: value for key, value in data.items() if key != "evidence"})
