"""Data files as values: JSON, JSON lines, YAML, CSV and TSV, each with the line that a value stands on."""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from frmo.files import json_file, yaml_file
from frmo.files.document import Caps
from frmo.validators.stage import content
from frmo.validators.subject import Subject

CAPS = Caps(size=32 << 20, depth=100, nodes=2_000_000, faults=20)
SUFFIXES = (".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".csv", ".tsv")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_WORDS = {"": None, "true": True, "false": False}


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with a file's form. `decides`: it can't be read, or would be read differently by others."""

    message: str
    line: int
    decides: bool = True


@dataclass(frozen=True)
class DataFile:
    """`data`: the value, rows of a table as mappings; None when `flaws` say that it can't be read."""

    path: str
    data: Any
    flaws: tuple[Flaw, ...]
    line_of: Callable[[Sequence[str | int]], int]

    @property
    def readable(self) -> bool:
        """True when `data` may be judged."""
        return not any(flaw.decides for flaw in self.flaws)


def is_data(path: str) -> bool:
    """True for a file name of a known kind."""
    return path.lower().endswith(SUFFIXES)


def load(subject: Subject, path: str) -> DataFile:
    """Read one file of the agent's tree; every flaw is told, none is raised."""
    raw = content(subject.work / path) or b""
    suffix = "." + path.lower().rpartition(".")[2]
    if len(raw) > CAPS.size:
        return _unreadable(path, f"holds more than {CAPS.size} bytes", 0)
    if suffix in (".csv", ".tsv"):
        return _table(path, raw, "\t" if suffix == ".tsv" else ",")
    if suffix in (".jsonl", ".ndjson"):
        return _lines(path, raw)
    parse = yaml_file.parse if suffix in (".yaml", ".yml") else json_file.parse
    found = parse(raw, path, CAPS)
    # Dates, tags and the like are read differently by others, and yet many projects write them.
    flaws = tuple(Flaw(item.message, item.line, not found.readable or suffix == ".json") for item in found.faults)
    return DataFile(path, found.data, flaws, lambda at: found.positions.value(tuple(at))[0])


def _unreadable(path: str, message: str, line: int) -> DataFile:
    return DataFile(path, None, (Flaw(message, line),), lambda _: 0)


def _lines(path: str, raw: bytes) -> DataFile:
    rows, flaws, places = [], [], []
    for number, line in enumerate(raw.split(b"\n"), 1):
        if line.strip():
            found = json_file.parse(line, path, CAPS)
            flaws += [Flaw(item.message, number) for item in found.faults]
            rows.append(found.data)
            places.append(number)
    return DataFile(path, rows, tuple(flaws[: CAPS.faults]), lambda at: _place(places, at))


def _table(path: str, raw: bytes, separator: str) -> DataFile:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        return _unreadable(path, "is not UTF-8", raw[: fault.start].count(b"\n") + 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[dict[str, Any]] = []
    places: list[int] = []
    flaws: list[Flaw] = []
    try:
        header = next(reader, [])
        if twice := sorted({name for name in header if header.count(name) > 1}):
            flaws.append(Flaw(f"column {twice[0]!r} is there twice", 1))
        for cells in reader:
            if cells and len(cells) != len(header):
                flaws.append(Flaw(f"has {len(cells)} cells where the header has {len(header)}", reader.line_num))
            elif cells:
                rows.append({name: _cell(cell) for name, cell in zip(header, cells, strict=True)})
                places.append(reader.line_num)
    except csv.Error as fault:
        flaws.append(Flaw(str(fault), reader.line_num))
    return DataFile(path, rows, tuple(flaws[: CAPS.faults]), lambda at: _place(places, at))


def _place(places: list[int], at: Sequence[str | int]) -> int:
    """Line of the row that a path begins with."""
    row = at[0] if at else None
    return places[row] if isinstance(row, int) and 0 <= row < len(places) else 1


def _cell(text: str) -> str | int | float | bool | None:
    """A cell as JSON would have it: numbers, true, false, nothing; a code with a leading zero stays text."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) < 30 and _NUMBER.fullmatch(text):
        return float(text) if set(text) & set(".eE") else int(text)
    return text
