"""Recordings in files: what `--record` writes and the replay kind reads, as a folder or as one file of lines.

A folder holds `<request hash>.json` each; a file holds one JSON object a line, with `request` (the hash) and the
completion's fields. Lines without `request` are rows for tasks (see `ReplayProvider`). `.gz` is read too.
"""

import contextlib
import gzip
import io
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from frmo.errors import Fault, InputError
from frmo.files import atomic
from frmo.files.json_file import canonical
from frmo.files.reading import read
from frmo.gateway.recording import MemoryShelf, Shelf

_CAP = 256 << 20


@dataclass(frozen=True)
class Recordings:
    """What replay answers from: completions by request hash, and rows by task."""

    shelf: Shelf = field(default_factory=MemoryShelf)
    rows: tuple[Mapping[str, Any], ...] = ()


class FolderShelf:
    """One file per recorded completion. Thread-safe; first writer wins."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> Mapping[str, Any] | None:
        """The record, or None."""
        place = self._place(key)
        if not place.is_file():
            return None
        found: Mapping[str, Any] = json.loads(read(place, str(place), _CAP))
        return found

    def put(self, key: str, record: Mapping[str, Any]) -> None:
        """Keep the first record of a key."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            atomic.write(self._place(key), canonical(record), exclusive=True)

    def _place(self, key: str) -> Path:
        return self._folder / f"{key}.json"


class LineShelf:
    """Recorded completions in one file, a line each, added at its end. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known: set[str] = set()
        if path.exists():
            self._known = {str(row["request"]) for row in _lines(path) if "request" in row}

    def get(self, key: str) -> Mapping[str, Any] | None:
        """Nothing: this one is only written."""
        return None

    def put(self, key: str, record: Mapping[str, Any]) -> None:
        """Add a line for a key that has none."""
        with self._lock:
            if key in self._known:
                return
            self._known.add(key)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"request": key, **record}, sort_keys=True) + "\n")


def recorder(path: Path) -> Shelf:
    """Where `--record PATH` writes: a file of lines when its name ends in `.jsonl`, else a folder."""
    return LineShelf(path) if path.suffix == ".jsonl" and not path.is_dir() else FolderShelf(path)


def is_recording(path: Path) -> bool:
    """True for a folder or a file of lines: recordings, where anything else is a script."""
    return path.is_dir() or path.name.endswith((".jsonl", ".jsonl.gz"))


def recordings(path: Path) -> Recordings:
    """Read what `--record` wrote, or a file of rows. Raises InputError naming the line."""
    if path.is_dir():
        return Recordings(FolderShelf(path))
    rows = _lines(path)
    kept = {
        str(row["request"]): {name: value for name, value in row.items() if name != "request"}
        for row in rows
        if "request" in row
    }
    return Recordings(MemoryShelf(kept), tuple(row for row in rows if "request" not in row))


def _lines(path: Path) -> list[dict[str, Any]]:
    content = read(path, str(path), _CAP)
    if path.suffix == ".gz":
        with gzip.open(io.BytesIO(content)) as file:
            content = file.read(_CAP)
    rows = []
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict) or not {"request", "response", "text"} & set(row):
            raise InputError(
                [Fault(str(path), "is no recorded reply: one JSON object with `request`, `response` or `text`", number)]
            )
        rows.append(row)
    return rows
