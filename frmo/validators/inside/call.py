"""One call of a function of the work: arguments in, its result or what it raised out, as plain data."""

from __future__ import annotations

import importlib
from typing import Any

Value = Any
_NODES = 100_000
_DEPTH = 90
_TEXT = 500


def made(call: dict[str, Value], root: str, seconds: float, fault_of: Value) -> dict[str, Value]:
    """The outcome of one call as plain data: a value, or what was raised and where."""
    fault_of.limit(seconds)
    phase = "load"
    try:
        function = found(call["module"], call["function"])
        phase = "call"
        result = function(*decode(call["args"]), **{key: decode(item) for key, item in call["kwargs"].items()})
        if hasattr(type(result), "__await__"):
            result = _awaited(result)
        phase = "encode"
        return {"phase": phase, "value": encode(result, [0], 0)}
    except BaseException as fault:  # noqa: BLE001  the work may raise anything
        return {"phase": phase, **fault_of.raised(fault, root)}
    finally:
        fault_of.limit(0)


def _awaited(result: Value) -> Value:
    import asyncio  # noqa: PLC0415  seldom needed, slow to load

    async def wait() -> Value:
        return await result

    return asyncio.run(wait())


def found(module: str, name: str) -> Value:
    """The function `name` (dots allowed) of `module`."""
    thing: Value = importlib.import_module(module)
    for part in name.split("."):
        thing = getattr(thing, part)
    return thing


def decode(data: Value) -> Value:
    """An argument as the validator encoded it."""
    if isinstance(data, list):
        return [decode(item) for item in data]
    if not isinstance(data, dict):
        return data
    kind, value = data["t"], data["v"]
    if kind == "dict":
        return {decode(key): decode(item) for key, item in value}
    if kind == "bytes":
        return bytes.fromhex(value)
    items = [decode(item) for item in value]
    return tuple(items) if kind == "tuple" else set(items)


def encode(value: Value, nodes: list[int], depth: int) -> Value:
    """`value` as JSON data by its real type; methods that the work overrides are not asked."""
    nodes[0] += 1
    if nodes[0] > _NODES or depth > _DEPTH:
        raise ValueError("the result is too large or too deep to compare")
    kind = type(value)
    if value is None or kind is bool:
        return value
    if issubclass(kind, int):
        number = int.__add__(value, 0)
        return number if -(1 << 60) < number < 1 << 60 else {"t": "int", "v": hex(number)}
    if issubclass(kind, float):
        return float.__add__(value, 0.0)
    if issubclass(kind, str):
        return str.__str__(value)
    if bytes in kind.__mro__ or bytearray in kind.__mro__:
        return {"t": "bytes", "v": bytes(memoryview(value)).hex()}
    if issubclass(kind, list):
        return [encode(item, nodes, depth + 1) for item in list.__iter__(value)]
    if issubclass(kind, tuple):
        return {"t": "tuple", "v": [encode(item, nodes, depth + 1) for item in tuple.__iter__(value)]}
    return encode_other(value, kind, nodes, depth)


def encode_other(value: Value, kind: type, nodes: list[int], depth: int) -> Value:
    """Sets, mappings, iterators and whatever has no literal form."""
    for base in (set, frozenset):
        if issubclass(kind, base):
            return {"t": "set", "v": [encode(item, nodes, depth + 1) for item in base.__iter__(value)]}
    if issubclass(kind, dict):
        pairs = [(key, dict.__getitem__(value, key)) for key in dict.__iter__(value)]
        return {"t": "dict", "v": [[encode(k, nodes, depth + 1), encode(v, nodes, depth + 1)] for k, v in pairs]}
    if kind.__module__ == "numpy" and hasattr(value, "tolist"):
        return encode(value.tolist(), nodes, depth + 1)
    if hasattr(kind, "__next__"):
        return {"t": "iterator", "v": [encode(item, nodes, depth + 1) for item in value]}
    return {"t": kind.__name__, "v": repr(value)[:_TEXT]}
