"""Values that cross the sandbox as JSON: read back without running anything, and compared where no agent can reach."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Value = Any
_DEPTH = 100


@dataclass(frozen=True)
class Opaque:
    """A result with no literal form: its type's name and what `repr` said, cut."""

    type: str
    text: str

    def __repr__(self) -> str:
        return f"{self.text} ({self.type})"


class BadValue(ValueError):
    """What came out of the sandbox is not an encoded value."""


def encode(value: Value) -> Value:
    """Literal value as JSON data; tuples, sets, bytes and dicts are tagged. Raises BadValue on anything else."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is list:
        return [encode(item) for item in value]
    if type(value) is tuple:
        return {"t": "tuple", "v": [encode(item) for item in value]}
    if type(value) in (set, frozenset):
        return {"t": "set", "v": [encode(item) for item in sorted(value, key=repr)]}
    if type(value) is bytes:
        return {"t": "bytes", "v": value.hex()}
    if isinstance(value, dict):
        return {"t": "dict", "v": [[encode(key), encode(item)] for key, item in value.items()]}
    raise BadValue(f"{type(value).__name__} is not a literal")


def decode(data: Value, depth: int = 0) -> Value:
    """Value of encoded `data`: tuples become lists (YAML has no tuple), sets frozen sets, the rest `Opaque`."""
    if depth > _DEPTH:
        raise BadValue("nested too deeply")
    if data is None or type(data) in (bool, int, float, str):
        return data
    if type(data) is list:
        return [decode(item, depth + 1) for item in data]
    if type(data) is not dict or "t" not in data or "v" not in data:
        raise BadValue("not an encoded value")
    read = _TAGS.get(str(data["t"]))
    try:
        return read(data["v"], depth + 1) if read else Opaque(str(data["t"])[:100], str(data["v"])[:500])
    except (TypeError, ValueError, AttributeError) as fault:
        raise BadValue(f"not an encoded {data['t']}") from fault


def same(expected: Value, actual: Value) -> bool:
    """True when a decoded `actual` is the `expected` literal: exact, as `==` has it; NaN equals NaN.

    A set equals a list that holds each of its elements once, since YAML writes both as lists.
    """
    if isinstance(expected, tuple):
        expected = list(expected)
    if isinstance(actual, frozenset):
        wanted = expected if isinstance(expected, list | set | frozenset) else None
        return wanted is not None and len(wanted) == len(actual) and {frozen(item) for item in wanted} == actual
    if isinstance(expected, float) and isinstance(actual, float) and math.isnan(expected):
        return math.isnan(actual)
    if isinstance(expected, list):
        pairs = isinstance(actual, list) and len(expected) == len(actual)
        return pairs and all(same(one, other) for one, other in zip(expected, actual, strict=True))
    if isinstance(expected, dict):
        items = {frozen(key): item for key, item in expected.items()}
        keys = isinstance(actual, dict) and items.keys() == actual.keys()
        return keys and all(same(item, actual[key]) for key, item in items.items())
    if isinstance(actual, Opaque):
        return False
    return bool(expected == actual)


def frozen(value: Value) -> Value:
    """A hashable form of a decoded or literal value, for keys and elements."""
    if isinstance(value, list | tuple):
        return tuple(frozen(item) for item in value)
    if isinstance(value, set | frozenset):
        return frozenset(frozen(item) for item in value)
    if isinstance(value, dict):
        return frozenset((frozen(key), frozen(item)) for key, item in value.items())
    return value


def shown(value: Value, limit: int = 200) -> str:
    """`value` as a person would type it, cut in the middle."""
    text = "{" + ", ".join(sorted(map(repr, value))) + "}" if isinstance(value, frozenset) and value else repr(value)
    return text if len(text) <= limit else f"{text[: limit // 2]} … {text[-limit // 2 :]}"


def parse(line: str | bytes) -> dict[str, Value] | None:
    """One JSON object of a hostile program, or None when it isn't one."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _mapping(pairs: Value, depth: int) -> Value:
    return {frozen(decode(key, depth)): decode(item, depth) for key, item in pairs}


_TAGS: dict[str, Callable[[Value, int], Value]] = {
    "tuple": lambda data, depth: [decode(item, depth) for item in data],
    "iterator": lambda data, depth: [decode(item, depth) for item in data],
    "set": lambda data, depth: frozenset(frozen(decode(item, depth)) for item in data),
    "bytes": lambda data, _: bytes.fromhex(data),
    "dict": _mapping,
    "int": lambda data, _: int(data, 16),
}
