"""Calls functions of the work and sends back what they returned; never told what was expected."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from typing import Any

Value = Any
_NODES = 100_000
_DEPTH = 90
_TEXT = 500


def main() -> None:
    """Read the calls from stdin, make them in order, send one record each."""
    del sys.path[0]  # this folder
    line = _beside("channel").Channel()
    line.silence()
    fault_of = _beside("fault")
    root = os.getcwd()  # noqa: PTH109  pathlib costs start-up time
    sys.path[0:0] = [os.path.normpath(os.path.join(root, path)) for path in line.request["paths"]]  # noqa: PTH118
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 3000))
    for call in line.request["calls"]:
        line.send(kind="start", at=call["at"])
        line.send(kind="result", at=call["at"], **made(call, root, line.request["seconds"], fault_of))
    line.send(kind="end")
    os._exit(0)


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
    for base in (set, frozenset):
        if issubclass(kind, base):
            return {"t": "set", "v": [encode(item, nodes, depth + 1) for item in base.__iter__(value)]}
    if issubclass(kind, dict):
        pairs = [(key, dict.__getitem__(value, key)) for key in dict.__iter__(value)]
        return {"t": "dict", "v": [[encode(k, nodes, depth + 1), encode(v, nodes, depth + 1)] for k, v in pairs]}
    if kind.__module__ == "numpy" and hasattr(value, "tolist"):
        return encode(value.tolist(), nodes, depth + 1)
    return {"t": kind.__name__, "v": repr(value)[:_TEXT]}


def _beside(name: str) -> Value:
    """The module next to this file; this folder is never on sys.path, where the work could meet it."""
    place = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")  # noqa: PTH100, PTH118, PTH120
    spec = importlib.util.spec_from_file_location(f"_frmo_{name}", place)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
