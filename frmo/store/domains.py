"""Domains: `protocols/domains/<name>.yaml` of a commit."""

from functools import lru_cache

from frmo.errors import Fault, InputError
from frmo.model.domain import Domain, domain_from_mapping
from frmo.store.documents import checked
from frmo.store.workspace import Workspace

FOLDER = "protocols/domains"


def load_domain(workspace: Workspace, commit: str, name: str) -> Domain:
    """The domain `name` as `commit` has it. Raises InputError where it is missing, naming those there are, or not valid."""
    path = f"{FOLDER}/{name}.yaml"
    content = workspace.committed(path, commit)
    if content is None:
        known = ", ".join(domain_names(workspace, commit)) or "none"
        raise InputError([Fault(workspace.path(path), f"there is no domain '{name}'", hint=f"there are: {known}")])
    return _parsed(name, content, workspace.path(path))


def domain_names(workspace: Workspace, commit: str | None = None) -> list[str]:
    """Names of the domains that `commit` (None: HEAD) has."""
    return [name.removesuffix(".yaml") for name in workspace.names(FOLDER, commit) if name.endswith(".yaml")]


@lru_cache(64)
def _parsed(name: str, content: bytes, path: str) -> Domain:
    return domain_from_mapping(name, checked("domain", content, path))
