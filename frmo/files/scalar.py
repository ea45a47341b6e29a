"""A plain YAML value: null, true, false, a number as JSON writes it, or text. Nothing is guessed."""

import math
import re

_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NEARLY = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\.(?:inf|Inf|INF)"
    r"|[0-9][0-9_]*\.?[0-9_]*(?:[eE][-+]?[0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?)|\.(?:nan|NaN|NAN)"
)
_DIGITS = 1000


class Doubtful(ValueError):
    """A value that tools read in different ways, or that JSON can't hold."""


def plain_value(text: str) -> str | int | float | bool | None:
    """What the unquoted `text` means. Raises Doubtful for octal, hexadecimal, 1_000, .5, .nan and the like."""
    if text in _WORDS:
        return _WORDS[text]
    if NUMBER.fullmatch(text):
        return number(text)
    if _NEARLY.fullmatch(text):
        raise Doubtful(f"{text[:40]} is a number to some readers and text to others")
    return text


def number(text: str) -> int | float:
    """The number of a JSON number literal. Raises Doubtful when it is too large."""
    match = NUMBER.fullmatch(text)
    assert match, text
    if match[1] is None and match[2] is None:
        if len(text) > _DIGITS:
            raise Doubtful(f"a whole number of {len(text)} digits is too large")
        return int(text)
    value = float(text)
    if math.isinf(value):
        raise Doubtful(f"{text[:40]} is too large a number")
    return value


def half_character(text: str) -> bool:
    """True when `text` holds half of a surrogate pair, which no file can store."""
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)
