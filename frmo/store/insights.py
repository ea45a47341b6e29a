"""Patterns and insights as files (`logs/patterns/`, `logs/insights/`), and the checklist items that came of them."""

from collections.abc import Mapping
from typing import Any

from frmo.files import yaml_file
from frmo.model.pattern import Nature, Pattern
from frmo.store.documents import checked
from frmo.store.trials import plain
from frmo.store.workspace import Workspace

PATTERNS = "logs/patterns"
INSIGHTS = "logs/insights"


def item_path(role: str, item: str) -> str:
    """Path of a checklist item below the prefix."""
    return f"protocols/{role}/checklist/{item}.yaml"


def items_of(workspace: Workspace, commit: str, role: str) -> dict[str, dict[str, Any]]:
    """Content of every checklist item of a role, by id."""
    folder = f"protocols/{role}/checklist"
    names = [name for name in workspace.names(folder, commit) if name.endswith(".yaml") and not name.startswith(".")]
    return {
        name.removesuffix(".yaml"): checked(
            "item", workspace.committed(f"{folder}/{name}", commit) or b"", workspace.path(f"{folder}/{name}")
        )
        for name in names
    }


def roles_of(workspace: Workspace, commit: str) -> list[str]:
    """Roles that have a protocol."""
    return [
        role
        for role in workspace.names("protocols", commit)
        if workspace.committed(f"protocols/{role}/protocol.yaml", commit)
    ]


def pattern_file(pattern: Pattern) -> bytes:
    """Content of `logs/patterns/<fingerprint>.yaml`."""
    return _written("pattern", pattern.to_data())


def load_pattern(workspace: Workspace, commit: str, fingerprint: str) -> Pattern | None:
    """The pattern as `commit` has it, or None."""
    path = f"{PATTERNS}/{fingerprint}.yaml"
    content = workspace.committed(path, commit)
    if content is None:
        return None
    data = checked("pattern", content, workspace.path(path))
    return Pattern(**{**data, "tasks": tuple(data["tasks"]), "nature": Nature(data["nature"])})


def insight_file(data: Mapping[str, Any]) -> bytes:
    """Content of `logs/insights/<id>.yaml`. Raises InputError when it is none by schema."""
    return _written("insight", data)


def item_file(data: Mapping[str, Any]) -> bytes:
    """Content of a checklist item. Raises InputError when it is none by schema."""
    return _written("item", data)


def load_insights(workspace: Workspace, commit: str) -> dict[str, dict[str, Any]]:
    """Every insight that `commit` has, by id."""
    names = [name for name in workspace.names(INSIGHTS, commit) if name.endswith(".yaml")]
    return {
        name.removesuffix(".yaml"): checked(
            "insight", workspace.committed(f"{INSIGHTS}/{name}", commit) or b"", workspace.path(f"{INSIGHTS}/{name}")
        )
        for name in names
    }


def _written(kind: str, data: Mapping[str, Any]) -> bytes:
    content = yaml_file.canonical(plain(data))
    checked(kind, content, f"{data.get('id', data.get('fingerprint', kind))}.yaml")
    return content
