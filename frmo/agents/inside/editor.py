"""The file editor tool, in the field's usual shape: view, create, str_replace, insert."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing `typing` would cost every agent process 2 ms
if TYPE_CHECKING:
    from typing import Any

MAX_SHOWN = 40_000
_MAX_NAMES = 300


class Misuse(Exception):
    """What the model asked for can't be done; it is told why."""


def edit(call: dict[str, Any], root: str) -> str:
    """Carry out one call below `root`. Raises Misuse."""
    path = _place(call.get("path", ""), root)
    command = call.get("command")
    if command not in _COMMANDS:
        raise Misuse(f"there is no command {command!r}; there are: {', '.join(_COMMANDS)}")
    try:
        return _COMMANDS[command](path, call)
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(f"{call['path']}: {getattr(error, 'strerror', None) or 'not text in UTF-8'}") from error


def _place(path: str, root: str) -> str:
    """Where `path` (absolute, or relative to the worktree) is. Raises Misuse when that is elsewhere."""
    place = os.path.realpath(os.path.join(root, path))  # noqa: PTH118  pathlib costs 5 ms
    if place != root and not place.startswith(root + "/"):
        raise Misuse(f"{path}: lies outside {root}")
    return place


def _view(path: str, call: dict[str, Any]) -> str:
    if os.path.isdir(path):  # noqa: PTH112
        return "\n".join(_names(path)) or "(empty)"
    lines = _read(path).split("\n")
    first, last = call.get("view_range") or (1, -1)
    last = len(lines) if last == -1 else min(last, len(lines))
    if not 1 <= first <= max(last, 1):
        raise Misuse(f"view_range: the file has {len(lines)} lines")
    text = "\n".join(f"{number:6}\t{lines[number - 1]}" for number in range(first, last + 1))
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "\n[cut: ask for a view_range]"


def _names(folder: str) -> list[str]:
    """Files up to two levels down, without hidden ones."""
    found = []
    for place, folders, files in os.walk(folder):
        inner = os.path.relpath(place, folder)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__")
        lead = "" if inner == "." else inner + "/"
        found += [lead + name for name in sorted(files) if not name.startswith(".")]
        if lead.count("/") >= 2:
            folders[:] = []
        if len(found) > _MAX_NAMES:
            return [*found[:_MAX_NAMES], "[and more]"]
    return found


def _create(path: str, call: dict[str, Any]) -> str:
    text = _needed(call, "file_text")
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
    _write(path, text)
    return f"{call['path']} written"


def _replace(path: str, call: dict[str, Any]) -> str:
    text, old, new = _read(path), _needed(call, "old_str"), str(call.get("new_str", ""))
    count = text.count(old) if old else 0
    if count != 1:
        raise Misuse(f"old_str is there {count} times; it must be exactly once")
    _write(path, text.replace(old, new))
    return f"{call['path']} changed"


def _insert(path: str, call: dict[str, Any]) -> str:
    lines = _read(path).splitlines(keepends=True)
    after = call.get("insert_line")
    text = call.get("insert_text", call.get("new_str"))
    if not isinstance(after, int) or not isinstance(text, str) or not 0 <= after <= len(lines):
        raise Misuse(f"insert needs insert_text, and insert_line from 0 to {len(lines)}")
    if after and not lines[after - 1].endswith("\n"):
        lines[after - 1] += "\n"
    _write(path, "".join([*lines[:after], text if text.endswith("\n") else text + "\n", *lines[after:]]))
    return f"{call['path']} changed"


_COMMANDS = {"view": _view, "create": _create, "str_replace": _replace, "insert": _insert}


def _needed(call: dict[str, Any], name: str) -> str:
    if not isinstance(call.get(name), str):
        raise Misuse(f"{call['command']} needs {name}")
    return str(call[name])


def _read(path: str) -> str:
    with open(path, encoding="utf-8", newline="") as file:  # noqa: PTH123  pathlib costs 5 ms
        return file.read()


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123
        file.write(text)
