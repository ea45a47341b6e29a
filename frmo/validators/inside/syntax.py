"""Parses the files named on stdin (a JSON list of paths) and says what is wrong with each, one JSON line a file."""

from __future__ import annotations

import ast
import json
import sys
import warnings
from typing import Any

_MOST = 2_000_000


def main() -> None:
    """One `start` line before each file, so that one that ends the interpreter can be named."""
    warnings.simplefilter("ignore")
    for path in json.load(sys.stdin):
        print(json.dumps({"start": path}), flush=True)  # noqa: T201  stdout is how it answers
        print(json.dumps({"path": path, **fault(path)}), flush=True)  # noqa: T201


def fault(path: str) -> dict[str, Any]:
    """What keeps the file from being parsed, or nothing."""
    with open(path, "rb") as file:  # noqa: PTH123  pathlib costs start-up time
        source = file.read(_MOST + 1)
    if len(source) > _MOST:
        return {"exception": "TooLarge", "message": f"more than {_MOST} bytes"}
    try:
        ast.parse(source)
    except SyntaxError as wrong:
        return {"exception": type(wrong).__name__, "message": wrong.msg, "line": wrong.lineno or 0}
    except (ValueError, RecursionError, MemoryError, OverflowError) as wrong:
        return {"exception": type(wrong).__name__, "message": str(wrong) or "nested too deeply"}
    return {}


if __name__ == "__main__":
    main()
