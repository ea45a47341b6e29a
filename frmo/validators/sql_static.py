"""Levels 1 and 2 for SQL: every changed file can be parsed; its tables and columns are there in the reference database.

checks: {sql_static: {database: db/shop.sqlite}}
"""

import json

from frmo.model.verdict import Finding
from frmo.validators.excerpt import excerpt
from frmo.validators.given import Given
from frmo.validators.invocation import run, script, stopped
from frmo.validators.sql_base import SqlBase, sql_base
from frmo.validators.stage import content
from frmo.validators.subject import Result, Subject

_NAMES = (
    "no such table",
    "no such column",
    "no such function",
    "already exists",
    "ambiguous column",
    "no tables specified",
)


def check_syntax(subject: Subject) -> Result:
    """Level 1, against an empty database: names that aren't there are no fault of the form."""
    found, count = _faults(subject, SqlBase({"database": "", "script": ""}), 1, "sql_syntax")
    return Result(tuple(item for item in found if not _about_names(item)), count)


def check(subject: Subject) -> Result:
    """Level 2, against the reference database; nothing to check without one."""
    given = Given(subject, "sql_static").only("database")
    if not given:
        return Result()
    found, count = _faults(subject, sql_base(given), 2, "sql_static")
    return Result(tuple(found), count)


def _faults(subject: Subject, base: SqlBase, level: int, name: str) -> tuple[list[Finding], int]:
    paths = [path for path in sorted(subject.changed) if path.endswith(".sql") and subject.has(path)]
    files = {path: (content(subject.work / path) or b"").decode("utf-8", "replace") for path in paths}
    if not files:
        return [], 0
    ended = run(
        subject, script(subject.tools, "sql_parse"), worktree=None, interpreters=(subject.tools,), mounts=base.mounts,
        stdin=json.dumps({**base.request, "files": files}).encode(),
    )  # fmt: skip
    if not ended.ok:
        code, words = stopped(ended)
        return [Finding(name, level, code, f"the parser did not end: {words}")], len(files)
    findings = [
        Finding(
            name, level, "sql", str(fault["message"]), exception="OperationalError", path=fault["path"], line=fault["line"],
            excerpt=excerpt(subject.work, fault["path"], fault["line"]),
        )
        for fault in json.loads(ended.stdout)
    ]  # fmt: skip
    return findings, len(files)


def _about_names(finding: Finding) -> bool:
    return finding.message.startswith(_NAMES) or "has no column named" in finding.message
