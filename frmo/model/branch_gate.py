"""The gate of agent branches: what one commit may change, by path and mode alone. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from frmo.model.names import folded, path_fault
from frmo.model.protected import is_protected

FILE, EXECUTABLE, LINK, SUBMODULE = 0o100644, 0o100755, 0o120000, 0o160000
_KINDS = {LINK: "a symbolic link", SUBMODULE: "a submodule"}
_REWRITTEN = ("state.json", "checklist.json")
_MODES = frozenset({"100644", "100755", "40000", "120000", "160000"})


@dataclass(frozen=True)
class Ground:
    """Whose branch it is. `own`: folders of the run's bookkeeping; `kept`: folders of everybody's; all end in '/'."""

    own: tuple[str, ...]
    kept: tuple[str, ...]
    protected: Sequence[str]


def edit_fault(path: str, before: int | None, after: int | None, ground: Ground) -> str | None:
    """Why a commit may not change `path` from mode `before` to mode `after` (None: nothing there), or None."""
    if path.startswith(ground.own):
        return _own_fault(path, before, after)
    if path.startswith(ground.kept):
        return "is the bookkeeping of another task or run"
    if is_protected(path, ground.protected):
        return "is protected: agents may not change it"
    if SUBMODULE in (before, after):
        return "is a submodule"
    if after is None:
        return None
    if after not in (FILE, EXECUTABLE):
        return f"becomes {_KINDS.get(after, 'no file')}"
    if before not in (None, FILE, EXECUTABLE):
        return f"was {_KINDS.get(before or 0, 'no file')}, which an agent may not replace"
    return path_fault(path)


def _own_fault(path: str, before: int | None, after: int | None) -> str | None:
    """The run's own record is plain files, and only ever added to, but for its state and its plan."""
    if after not in (None, FILE) or path_fault(path):
        return "is no plain file of the run's record"
    if before is not None and path.rsplit("/", 1)[1] not in _REWRITTEN:
        return "is part of the run's record, which is only added to"
    return None


def folder_fault(rows: Sequence[tuple[str, str]], added: Collection[str]) -> str | None:
    """What is wrong with a folder that gets the entries `added`: twins on some file systems, odd modes. `rows`: of it."""
    names = [name for _, name in rows]
    if len(set(names)) != len(names) or any("/" in name for name in names):
        return "its folder holds one name twice, or a name with a slash"
    if odd := next((mode for mode, name in rows if name in added and mode not in _MODES), None):
        return f"has the mode {odd}"
    return next(filter(None, (_twin(name, names) for name in added)), None)


def _twin(name: str, names: Iterable[str]) -> str | None:
    same = folded(name)
    twin = next((other for other in names if other != name and folded(other) == same), None)
    return f"is the same as {twin} on many file systems" if twin else None
