"""Prepares every statement of the SQL files given on stdin, without running any: `{files, database, script}`."""

from __future__ import annotations

import json
import sqlite3
import sys
from typing import Any


def main() -> None:
    """One fault a file, at the statement's first line: `{path, line, message}`."""
    request = json.load(sys.stdin)
    faults = [fault for path, source in request["files"].items() for fault in found(path, source, request)]
    print(json.dumps(faults))  # noqa: T201  stdout is how it answers


def found(path: str, source: str, request: dict[str, Any]) -> list[dict[str, Any]]:
    """The first statement that can't be prepared. Earlier ones run on the copy, since later ones may need their tables."""
    base = sqlite3.connect(":memory:")
    if request["script"]:
        base.executescript(request["script"])
    elif request["database"]:
        with sqlite3.connect(f"file:{request['database']}?mode=ro&immutable=1", uri=True) as original:
            original.backup(base)
    line = 1
    for statement in statements(source):
        try:
            if bare(statement):
                base.execute("EXPLAIN " + statement).fetchall()
                if bare(statement).upper().startswith(("CREATE", "ALTER", "DROP")):
                    base.execute(statement)
        except (sqlite3.Error, sqlite3.Warning, ValueError) as fault:
            blank = len(statement) - len(statement.lstrip())
            return [{"path": path, "line": line + statement[:blank].count("\n"), "message": str(fault)}]
        line += statement.count("\n")
    return []


def statements(source: str) -> list[str]:
    """The statements of a script, each with what stands before it."""
    parts, rest = [], ""
    for piece in source.split(";"):
        rest += piece
        if sqlite3.complete_statement(rest + ";"):
            parts.append(rest)
            rest = ""
        else:
            rest += ";"
    return [*parts, rest.removesuffix(";")] if rest.strip("; \n\t\r") else parts


def bare(statement: str) -> str:
    """A statement without the comments and blanks before it."""
    text = statement.strip()
    while text.startswith(("--", "/*")):
        end = "\n" if text.startswith("--") else "*/"
        text = text.partition(end)[2].strip()
    return text


if __name__ == "__main__":
    main()
