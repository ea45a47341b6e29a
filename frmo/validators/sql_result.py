"""Level 3 for SQL: a query gives what the reference gives, on the reference database and on variants of it.

checks: {sql_result: {queries: [{file: answer.sql, database: db/shop.sqlite, reference: tests/answer.sql}]}}
Instead of `reference`: `rows: [[1, "a"]]`. `ordered: true|false` (default: where the reference orders). With `probes`
the file is a script that may change data, and the answers of the probes are compared. `variants`: how many, default 2.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from frmo.model.verdict import Finding
from frmo.validators.given import Given
from frmo.validators.invocation import run, script, stopped
from frmo.validators.sql_base import SqlBase, sql_base
from frmo.validators.stage import content
from frmo.validators.subject import Result, Subject
from frmo.validators.values import shown

NAME = "sql_result"
_MOST_OF = 0.6
_KEYS = ("file", "database", "reference", "rows", "ordered", "probes", "variants")


def check(subject: Subject) -> Result:
    """One finding per query that fails or differs."""
    findings: list[Finding] = []
    parts = Given(subject, NAME).only("queries").parts("queries")
    for part in parts:
        part.only(*_KEYS)
        path = part.text("file")
        if not subject.has(path):
            findings.append(Finding(NAME, 3, "missing", f"{path}: there is no such file", path=path))
        elif found := _judged(subject, part, path):
            findings.append(found)
    return Result(tuple(findings), len(parts))


def _judged(subject: Subject, part: Given, path: str) -> Finding | None:
    base, probes = sql_base(part), part.texts("probes")
    query = (content(subject.work / path) or b"").decode("utf-8", "replace")
    wanted = _reference(part)
    limited = re.search(r"\blimit\b", f"{query} {wanted}", re.IGNORECASE) is not None
    variants = int(part.number("variants", 2)) if wanted else 0
    variants *= 2 if limited else 1
    request = {**base.request, "probes": probes, "variants": variants, "constants": _constants(wanted)}
    actual = _run(subject, base, request, query)
    if isinstance(actual, Finding) or actual["error"]:
        found = actual if isinstance(actual, Finding) else _finding("sql", actual["error"], "OperationalError")
        return Finding(**{**vars(found), "path": path, "node": path})
    if not wanted:
        rows = part.raw("rows")
        if not isinstance(rows, list):
            raise part.fault("rows", "needs a list of rows, or a `reference`")
        expected: dict[str, Any] = {"results": [[{"rows": rows, "more": False}]]}
    else:
        reference = _run(subject, base, request, wanted)
        if isinstance(reference, Finding) or reference["error"]:
            why = reference.message if isinstance(reference, Finding) else reference["error"]
            raise part.fault("reference", f"does not run on the reference database: {why}")
        expected = reference
    ordered = _is_ordered(part, wanted)
    differences = [_difference(*pair, ordered) for pair in zip(actual["results"], expected["results"], strict=True)]
    number = next((number for number, why in enumerate(differences) if why), None)
    if number is None:
        return None
    where = "" if number == 0 else f" (on variant {number} of the database)"
    # Where a limit cuts through equals, another choice among them is no fault: then most variants must differ.
    enough = number == 0 or not limited or sum(map(bool, differences)) > variants * _MOST_OF
    return Finding(NAME, 3, "rows", differences[number] + where, path=path, node=path, decides=enough)


def _reference(part: Given) -> str:
    if part.raw("reference") is None:
        return ""
    return part.base_file("reference")[1].decode("utf-8", "replace")


def _run(subject: Subject, base: SqlBase, request: Mapping[str, Any], statements: str) -> Any:  # noqa: ANN401  parsed JSON
    ended = run(
        subject, script(subject.tools, "sql"), worktree=None, interpreters=(subject.tools,), mounts=base.mounts,
        stdin=json.dumps({**request, "statements": statements}).encode(),
    )  # fmt: skip
    if not ended.ok:
        return _finding(*stopped(ended))
    return json.loads(ended.stdout)


def _finding(code: str, message: str, exception: str = "") -> Finding:
    return Finding(NAME, 3, code, message, exception=exception)


def _constants(reference: str) -> list[str | int]:
    """Texts and whole numbers that the reference names."""
    texts = [one or other for one, other in re.findall(r"'((?:[^']|'')*)'|\"([^\"]*)\"", reference)]
    return [*dict.fromkeys(texts), *(int(number) for number in dict.fromkeys(re.findall(r"\b\d{1,9}\b", reference)))]


def _is_ordered(part: Given, reference: str) -> bool:
    value = part.raw("ordered")
    if isinstance(value, bool):
        return value
    return bool(re.search(r"\border\s+by\b", _top_level(reference), re.IGNORECASE))


def _top_level(query: str) -> str:
    """`query` without texts and without what stands in parentheses."""
    text = re.sub(r"'(?:[^']|'')*'", "''", query)
    while (shorter := re.sub(r"\([^()]*\)", " ", text)) != text:
        text = shorter
    return text


def _difference(mine: list[Any], theirs: list[Any], ordered: bool) -> str:
    """What differs between the answers, in words; '' when nothing does."""
    for own, other in zip(mine, theirs, strict=True):
        if own["more"] or other["more"]:
            return "gives more rows than are compared"
        if len(own["columns"]) != len(other.get("columns", own["columns"])):
            return f"gives {len(own['columns'])} columns, should give {len(other['columns'])}"
        if len(own["rows"]) != len(other["rows"]):
            return f"gives {len(own['rows'])} rows, should give {len(other['rows'])}"
        one, two = [[json.dumps(row) for row in answer["rows"]] for answer in (own, other)]
        if Counter(one) != Counter(two):
            lost = next((Counter(two) - Counter(one)).elements())
            return f"does not give the row {shown(json.loads(lost))}"
        if ordered and one != two:
            return "gives the right rows in another order"
    return ""
