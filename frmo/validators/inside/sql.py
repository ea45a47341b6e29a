"""Runs SQL on a private copy of an SQLite database: `{database, script, statements, probes, variants}` on stdin.

Answers `{results: [[rows of each query] of each variant], error}`. Variant 0 is the database as it is; odd ones have
rows left out and values moved between rows, even ones rows made up, so that queries that only happen to agree are told
apart, on empty tables too.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
from typing import Any

_MOST = 20_000
_ADDED = 40
_FRESH = 100_000  # a key that is not there yet
_DENIED = frozenset({sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH})


def main() -> None:
    """Every variant in turn; the first error ends it."""
    request = json.load(sys.stdin)
    results: list[Any] = []
    error = ""
    try:
        for number in range(request["variants"] + 1):
            results.append(of_variant(request, number))
    except sqlite3.Error as fault:
        error = f"{type(fault).__name__}: {fault}"
    print(json.dumps({"results": results, "error": error}))  # noqa: T201  stdout is how it answers


def of_variant(request: dict[str, Any], number: int) -> list[Any]:
    """Rows of the query, or of each probe after the script, on one variant."""
    base = sqlite3.connect(":memory:")
    base.text_factory = text
    if request["script"]:
        base.executescript(request["script"])
    elif request["database"]:
        with sqlite3.connect(f"file:{request['database']}?mode=ro&immutable=1", uri=True) as source:
            source.backup(base)
    if number:
        draw = random.Random(number)  # noqa: S311  the same variants each time, no secret
        base.execute("PRAGMA foreign_keys = OFF")
        for table in tables(base):
            if number % 2:
                vary(base, table, draw)
            else:
                fill(base, table, request["constants"], draw)
    base.commit()
    base.set_authorizer(lambda action, *_: sqlite3.SQLITE_DENY if action in _DENIED else sqlite3.SQLITE_OK)
    if not request["probes"]:
        return [rows(base, request["statements"])]
    base.executescript(request["statements"])
    return [rows(base, probe) for probe in request["probes"]]


def rows(base: sqlite3.Connection, query: str) -> dict[str, Any]:
    """Columns and rows of one query."""
    cursor = base.execute(query)
    found = cursor.fetchmany(_MOST + 1)
    columns = [item[0] for item in cursor.description or ()]
    return {
        "columns": columns,
        "rows": [[plain(cell) for cell in row] for row in found[:_MOST]],
        "more": len(found) > _MOST,
    }


def tables(base: sqlite3.Connection) -> list[str]:
    """Quoted names of the tables."""
    found = base.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall()
    return [quoted(name) for (name,) in found]


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def vary(base: sqlite3.Connection, table: str, draw: random.Random) -> None:
    """Leave out a third of the rows and move the values of some columns between the others."""
    try:
        ids = [row[0] for row in base.execute(f"SELECT rowid FROM {table}")]  # noqa: S608  names of the database itself
    except sqlite3.Error:
        return  # a table without row ids
    for rowid in draw.sample(ids, len(ids) // 3):
        base.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))  # noqa: S608
        ids.remove(rowid)
    for row in base.execute(f"PRAGMA table_info({table})").fetchall():
        if not row[5] and draw.random() < 0.5:
            shuffle(base, table, quoted(row[1]), ids, draw)


def fill(base: sqlite3.Connection, table: str, constants: list[Any], draw: random.Random) -> None:
    """Add rows made of values that are there already, of those the reference names, and of small numbers."""
    pools = []
    for row in base.execute(f"PRAGMA table_info({table})").fetchall():
        known = [item[0] for item in base.execute(f"SELECT DISTINCT {quoted(row[1])} FROM {table} LIMIT 8")]  # noqa: S608
        numeric = any(word in (row[2] or "").upper() for word in ("INT", "REAL", "NUM", "FLOA", "DOUB", "DEC"))
        fitting = [item for item in constants if isinstance(item, str) != numeric]
        pools.append((bool(row[5]), [*known, *fitting, *(range(1, 6) if numeric else "abc")]))
    marks = ", ".join("?" for _ in pools)
    for number in range(_ADDED):
        values = [_FRESH + number if own and draw.random() < 0.5 else draw.choice(pool) for own, pool in pools]
        base.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", values)  # noqa: S608


def shuffle(base: sqlite3.Connection, table: str, column: str, ids: list[int], draw: random.Random) -> None:
    """Deal the values of one column anew; a column that must be unique is left alone."""
    values = [base.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (item,)).fetchone()[0] for item in ids]  # noqa: S608
    draw.shuffle(values)
    base.execute("SAVEPOINT deal")
    try:
        for item, value in zip(ids, values):  # noqa: B905  old interpreters
            base.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, item))  # noqa: S608
    except sqlite3.Error:
        base.execute("ROLLBACK TO deal")
    base.execute("RELEASE deal")


def text(raw: bytes) -> str:
    """Text of any encoding; what isn't UTF-8 is still comparable."""
    return raw.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()


def plain(cell: Any) -> Any:  # noqa: ANN401  an SQLite value
    """A cell as JSON data; floats to ten digits, so that the order of a sum doesn't count."""
    if isinstance(cell, float):
        return float(f"{cell:.10g}")
    return {"bytes": cell.hex()} if isinstance(cell, bytes) else cell


if __name__ == "__main__":
    main()
