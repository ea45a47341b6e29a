"""JSON, strictly: no duplicate keys, NaN or comments; every fault with line and column. Canonical JSON out."""

import json
import re
from typing import Any, NoReturn

from frmo.files import scalar
from frmo.files.document import DEFAULT_CAPS, Caps, Document, Faults, Path, Positions, Unreadable
from frmo.files.text import Lines, decode, storable

_SPACE = re.compile(r"[ \t\n\r]*")
_WORD = re.compile(r"[^\s,\]}\"{\[:]{1,40}")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_STRING = json.JSONDecoder()


def parse(content: bytes, name: str, caps: Caps = DEFAULT_CAPS) -> Document:
    """Read `content`; never raises on any bytes. `name` is how faults call the file."""
    faults = Faults(name, caps.faults)
    positions = Positions()
    notes: tuple[str, ...] = ()
    try:
        text, notes = decode(content, caps, faults)
        data = _Reader(text, faults, positions, caps).document()
    except Unreadable:
        return Document(None, False, faults.all(), notes, positions)
    return Document(data, True, faults.all(), notes, positions)


def load(content: bytes, name: str, caps: Caps = DEFAULT_CAPS) -> Any:  # noqa: ANN401  parsed data
    """Data of `content`. Raises InputError with every fault."""
    return parse(content, name, caps).checked()


def canonical(data: Any) -> bytes:  # noqa: ANN401  JSON data
    """`data` as JSON, the same bytes for the same data: sorted keys, 2-space indent, UTF-8, newline at the end.

    Raises ValueError on NaN or infinity, TypeError on anything that is not JSON.
    """
    return storable(json.dumps(data, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def line(data: Any) -> bytes:  # noqa: ANN401  JSON data
    """`data` as one canonical line, for JSON lines."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return storable(text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085") + "\n")


class _Reader:
    """One walk over the text; recursion is bounded by the depth cap."""

    def __init__(self, text: str, faults: Faults, positions: Positions, caps: Caps) -> None:
        self._text = text
        self._faults = faults
        self._positions = positions
        self._caps = caps
        self._lines = Lines(text)
        self._at = 0
        self._nodes = 0

    def document(self) -> Any:  # noqa: ANN401  parsed data
        """The one value of the text."""
        data = self._value(())
        self._skip()
        if self._at < len(self._text):
            self._stop("there is something after the end of the value")
        return data

    def _value(self, path: Path) -> Any:  # noqa: ANN401  parsed data
        self._skip()
        self._positions.put(path, self._lines.place(self._at))
        self._nodes += 1
        if self._nodes > self._caps.nodes:
            self._stop(f"holds more than {self._caps.nodes} values")
        if len(path) >= self._caps.depth:
            self._stop(f"is nested deeper than {self._caps.depth} levels")
        char = self._peek()
        if char == "{":
            return self._mapping(path)
        if char == "[":
            return self._list(path)
        if char == '"':
            return self._string()
        return self._word()

    def _mapping(self, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        self._at += 1
        while not self._closes("}", first=not data):
            place = self._lines.place(self._at)
            if self._peek() != '"':
                self._stop("a key in double quotes must stand here", self._hint())
            key = self._string()
            self._skip()
            if self._peek() != ":":
                self._stop(f"':' must stand after the key '{key[:60]}'")
            self._at += 1
            twice = key in data
            if twice:
                self._faults.add(f"the key '{key[:60]}' is given twice", place)
            value = self._value((*path, key))
            self._positions.put((*path, key), self._positions.value((*path, key)), place)
            if not twice:
                data[key] = value
        return data

    def _list(self, path: Path) -> list[Any]:
        data: list[Any] = []
        self._at += 1
        while not self._closes("]", first=not data):
            data.append(self._value((*path, len(data))))
        return data

    def _closes(self, bracket: str, *, first: bool) -> bool:
        """True at the closing bracket; else the comma between two members is behind us."""
        self._skip()
        if self._peek() == bracket:
            self._at += 1
            return True
        if not first:
            if self._peek() != ",":
                self._stop(f"',' or '{bracket}' must stand here")
            self._at += 1
            self._skip()
            if self._peek() == bracket:
                self._stop(f"a ',' stands before '{bracket}'", "remove it")
        return False

    def _string(self) -> str:
        try:
            text, self._at = _STRING.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            self._at = error.pos
            self._stop(error.msg[0].lower() + error.msg[1:].removesuffix(" at").removesuffix(" starting"))
        if scalar.half_character(text):
            self._faults.add("holds half of a Unicode character", self._lines.place(self._at))
            return ""
        return str(text)

    def _word(self) -> bool | int | float | None:
        if match := scalar.NUMBER.match(self._text, self._at):
            start, self._at = self._at, match.end()
            try:
                if _WORD.match(self._text, self._at) is None:
                    return scalar.number(match[0])
            except scalar.Doubtful as error:
                self._faults.add(str(error), self._lines.place(start))
                return 0
            self._at = start
        found = _WORD.match(self._text, self._at)
        if found and found[0] in _WORDS:
            self._at = found.end()
            return _WORDS[found[0]]
        shown = f", not {found[0]}" if found else ""
        return self._stop(f"a value must stand here{shown}", self._hint())

    def _hint(self) -> str:
        if self._peek() == "'":
            return "JSON quotes with double quotes"
        if self._text.startswith(("//", "/*", "#"), self._at):
            return "JSON has no comments; name the file .yaml to use them"
        return ""

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._at)
        assert match
        self._at = match.end()

    def _peek(self) -> str:
        if self._at >= len(self._text):
            self._stop("ends too early", "perhaps it is still being written")
        return self._text[self._at]

    def _stop(self, message: str, hint: str = "") -> NoReturn:
        self._faults.add(
            f"is not valid JSON: {message}" if not message.startswith(("holds", "is ")) else message,
            self._lines.place(self._at),
            hint,
        )
        raise Unreadable
