"""The action-item taxonomy of a domain: `state/actions/<domain>.yaml` of a commit."""

from collections.abc import Mapping
from functools import lru_cache

from frmo.errors import Fault, InputError
from frmo.store.documents import examined
from frmo.store.workspace import Workspace

_UNNAMED = "file.edit.change"


def load_actions(workspace: Workspace, commit: str, domain: str) -> Mapping[str, str]:
    """What each action item means by its id `domain.capability.operation.atomic`, in the order of the file."""
    return _taxonomy(workspace, commit, domain)[0]


def action_ids(workspace: Workspace, commit: str, domain: str) -> tuple[str, ...]:
    """The ids, in the order of the file; none where the domain has no taxonomy."""
    return tuple(load_actions(workspace, commit, domain))


def default_action(workspace: Workspace, commit: str, domain: str) -> str:
    """The action item of work that nobody analyzed."""
    return _taxonomy(workspace, commit, domain)[1]


def _taxonomy(workspace: Workspace, commit: str, domain: str) -> tuple[Mapping[str, str], str]:
    path = f"state/actions/{domain}.yaml"
    content = workspace.committed(path, commit)
    return ({}, f"{domain}.{_UNNAMED}") if content is None else _parsed(domain, content, workspace.path(path))


@lru_cache(64)
def _parsed(domain: str, content: bytes, path: str) -> tuple[Mapping[str, str], str]:
    document, found = examined("actions", content, path)
    items: dict[str, str] = {}
    if not found:
        items = {
            f"{domain}.{capability}.{operation}.{atomic}": text
            for capability, operations in document.data["capabilities"].items()
            for operation, atoms in operations.items()
            for atomic, text in atoms.items()
        }
        default = f"{domain}.{document.data['default']}"
        if default in items:
            return items, default
        line, column = document.positions.value(("default",))
        found = [Fault(path, f"the default '{document.data['default']}' is none of the items", line, column)]
    raise InputError(found)
