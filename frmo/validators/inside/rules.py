"""Evaluates the rules of a task over data: `{each, whole, data, files}` on stdin, what broke on stdout."""

from __future__ import annotations

import json
import sys
from typing import Any

_MOST = 20


def main() -> None:
    """One entry per row or rule that is broken: `{rule, row, why}`; the first few of each rule."""
    request = json.load(sys.stdin)
    data, files = request["data"], request["files"]
    broken: list[dict[str, Any]] = []
    rows = data if isinstance(data, list) else [data]
    for rule in request["each"]:
        code = compile(rule, "<rule>", "eval")
        found = [
            item
            for number, row in enumerate(rows)
            for item in tried(rule, code, number, row=row, rows=rows, files=files)
        ]
        broken += found[:_MOST]
    for rule in request["whole"]:
        code = compile(rule, "<rule>", "eval")
        broken += tried(rule, code, None, data=data, rows=rows, files=files)
    print(json.dumps(broken))  # noqa: T201  stdout is how it answers


def tried(rule: str, code: Any, row_number: int | None, **names: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Nothing when the rule holds."""
    try:
        if eval(code, dict(names)):  # noqa: S307  a person's rule, in the sandbox
            return []
        return [{"rule": rule, "row": row_number, "why": ""}]
    except Exception as fault:  # noqa: BLE001  a rule meets data of any shape
        return [{"rule": rule, "row": row_number, "why": f"{type(fault).__name__}: {fault}"[:200]}]


if __name__ == "__main__":
    main()
