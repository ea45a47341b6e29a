"""Calls functions of the work and sends back what they returned; never told what was expected.

All calls come at once (`calls`), or one a line until the input ends (`serve`).
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

Value = Any


def main() -> None:
    """Read the request from stdin, make the calls in order, send one record each."""
    del sys.path[0]  # this folder
    line = _beside("channel").Channel()
    line.silence()
    fault_of, call = _beside("fault"), _beside("call")
    root = os.getcwd()  # noqa: PTH109  pathlib costs start-up time
    sys.path[0:0] = [os.path.normpath(os.path.join(root, path)) for path in line.request["paths"]]  # noqa: PTH118
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 3000))
    for asked in _asked(line):
        line.send(kind="start", at=asked["at"])
        line.send(kind="result", at=asked["at"], **call.made(asked, root, line.request["seconds"], fault_of))
    line.send(kind="end")
    os._exit(0)


def _asked(line: Value) -> Iterator[dict[str, Value]]:
    if not line.request.get("serve"):
        yield from line.request["calls"]
        return
    line.send(kind="ready")
    while text := line.read():
        yield json.loads(text)


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
