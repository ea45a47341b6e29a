"""Data from YAML events, without recursion: no nesting, alias or size can crash or stall it."""

import json
from dataclasses import dataclass
from typing import Any

import yaml

from frmo.files import scalar
from frmo.files.document import Caps, Faults, Path, Place, Positions, Unreadable


@dataclass
class _Frame:
    """A mapping or list being filled. `seen`: line of each key; `key` is None while a key is awaited."""

    path: Path
    data: dict[str, Any] | list[Any]
    anchor: str | None
    before: int
    seen: dict[str, int]
    key: str | None = None
    key_place: Place | None = None
    dropped: bool = False


class Builder:
    """Turns the events of one document into `root` and `positions`; adds faults and raises Unreadable."""

    def __init__(self, faults: Faults, caps: Caps) -> None:
        self.positions = Positions()
        self.root: Any = None
        self._faults = faults
        self._caps = caps
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._open: set[str] = set()
        self._nodes = self._aliases = self._documents = 0

    def feed(self, event: yaml.Event) -> None:
        """Take one event."""
        mark = event.start_mark
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop("holds a second document", place, "one file, one document: remove the second '---'")
        elif isinstance(event, yaml.AliasEvent):
            self._alias(str(event.anchor), place)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event, place)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._start(event, place)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()

    def finish(self) -> None:
        """Say so when there was nothing but comments."""
        if not self._nodes:
            self._stop("is empty", (0, 0), "perhaps it is still being written")

    def _start(self, event: yaml.CollectionStartEvent, place: Place) -> None:
        self._tag(event.tag, place)
        if self._awaits_key():
            self._stop("a key must be text, not a list or mapping", place)
        if len(self._stack) >= self._caps.depth:
            self._stop(f"is nested deeper than {self._caps.depth} levels", place)
        before = self._nodes
        self._count(1, place)
        data: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._next_path()
        self._place(path, place)
        self._stack.append(_Frame(path, data, event.anchor, before, {}))
        if event.anchor:
            self._open.add(event.anchor)

    def _end(self) -> None:
        frame = self._stack.pop()
        if frame.anchor:
            self._open.discard(frame.anchor)
            self._anchors[frame.anchor] = (frame.data, self._nodes - frame.before)
        self._attach(frame.data)

    def _alias(self, anchor: str, place: Place) -> None:
        self._aliases += 1
        if self._aliases > self._caps.aliases:
            self._stop(f"uses more than {self._caps.aliases} aliases", place, "write the values out")
        if anchor in self._open:
            self._stop(f"alias '*{anchor[:40]}' stands inside what it repeats", place)
        if anchor not in self._anchors:
            self._stop(
                f"alias '*{anchor[:40]}' repeats something that is not there",
                place,
                "quote a text that begins with '*'",
            )
        data, nodes = self._anchors[anchor]
        if self._awaits_key():
            self._stop("a key must be text, not an alias", place)
        self._count(nodes, place)
        self._place(self._next_path(), place)
        self._attach(data)

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> None:
        self._tag(event.tag, place)
        self._count(1, place)
        value: Any = event.value
        plain = event.implicit[0]
        if plain:
            try:
                value = scalar.plain_value(event.value)
            except scalar.Doubtful as error:
                self._faults.add(str(error), place, "quote it if it is text, write a plain decimal number if not")
        if isinstance(value, str) and scalar.half_character(value):
            self._faults.add("holds half of a Unicode character", place)
            value = ""
        if self._awaits_key():
            self._key(value, plain, place)
            return
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._place(self._next_path(), place)
        self._attach(value)

    def _key(self, value: object, plain: bool, place: Place) -> None:
        frame = self._stack[-1]
        if not isinstance(value, str):
            shown = json.dumps(value)
            self._faults.add(f"the key {shown} is not text", place, f'quote it: "{shown}"')
            value = shown
        elif value == "<<" and plain:
            self._faults.add("merge keys ('<<') are not supported", place, "write the values out")
        frame.dropped = value in frame.seen
        if frame.dropped:
            self._faults.add(f"the key '{value[:60]}' is given twice, first on line {frame.seen[value]}", place)
        frame.seen.setdefault(value, place[0])
        frame.key, frame.key_place = value, place

    def _awaits_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1].data, dict) and self._stack[-1].key is None

    def _next_path(self) -> Path:
        if not self._stack:
            return ()
        frame = self._stack[-1]
        return (*frame.path, len(frame.data) if isinstance(frame.data, list) else str(frame.key))

    def _place(self, path: Path, place: Place) -> None:
        if not (self._stack and self._stack[-1].dropped):
            self.positions.put(path, place, self._stack[-1].key_place if self._stack else None)

    def _attach(self, value: object) -> None:
        if not self._stack:
            self.root = value
            return
        frame = self._stack[-1]
        if isinstance(frame.data, list):
            frame.data.append(value)
        else:
            if not frame.dropped:
                frame.data[str(frame.key)] = value
            frame.key = frame.key_place = None
            frame.dropped = False

    def _tag(self, tag: str | None, place: Place) -> None:
        if tag:
            self._faults.add(
                f"the tag '{tag[:60]}' is not allowed", place, "remove it; quote a text that begins with '!'"
            )

    def _count(self, nodes: int, place: Place) -> None:
        self._nodes += nodes
        if self._nodes > self._caps.nodes:
            self._stop(f"holds more than {self._caps.nodes} values", place)

    def _stop(self, message: str, place: Place, hint: str = "") -> None:
        self._faults.add(message, place, hint)
        raise Unreadable
