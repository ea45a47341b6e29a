"""The configuration of a workspace, as committed; uncommitted edits are said, not used."""

from collections.abc import Iterable
from pathlib import Path

from frmo.model.config import Config, config_from_mapping
from frmo.store.documents import checked
from frmo.store.workspace import MARK, Workspace

_WATCHED = (MARK, "state/actions", "protocols")


def load_config(workspace: Workspace, commit: str | None = None) -> tuple[Config, list[str]]:
    """The config of `commit` (None: HEAD) and warnings for people. Raises InputError with every fault.

    Where the file is not committed yet, the defaults hold and a warning says so.
    """
    content = workspace.committed(MARK, commit)
    warnings = [] if commit else uncommitted(workspace)
    if content is None:
        return Config(), [f"{workspace.path(MARK)} is not committed yet, so the defaults hold.", *warnings]
    return config_from_mapping(checked("config", content, workspace.path(MARK))), warnings


def uncommitted(workspace: Workspace) -> list[str]:
    """A warning that names config and protocol files which differ from HEAD or are not in it; nothing else."""
    head = workspace.repo.head()
    if head is None or workspace.repo.bare:
        return []
    known: set[str] = set()
    there: set[str] = set()
    for name in _WATCHED:
        entry = workspace.repo.entry(head, workspace.path(name))
        if entry is not None:
            known.update(item.path for item in workspace.repo.entries(head, entry.path))
            known.update({entry.path} if name == MARK else ())
        there.update(_on_disk(workspace, name))
    edited = sorted({*workspace.repo.is_dirty(sorted(known)), *(there - known)})
    if not edited:
        return []
    shown = ", ".join(edited[:5]) + (f" and {len(edited) - 5} more" if len(edited) > 5 else "")
    return [f"uncommitted edits are not used until you commit them: {shown}"]


def _on_disk(workspace: Workspace, name: str) -> Iterable[str]:
    place = workspace.place(name)
    files: Iterable[Path] = place.rglob("*.yaml") if place.is_dir() else [place] if place.is_file() else []
    return (file.relative_to(workspace.root).as_posix() for file in files if not file.name.startswith("."))
