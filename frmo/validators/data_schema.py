"""Level 2 for data: files against JSON Schemas of the base commit.

checks: {data_schema: {schemas: [{files: "data/*.json", schema: schemas/person.json}]}}; a schema may be written in place.
"""

import json
from typing import Any

from frmo.files.formats import parse
from frmo.model.verdict import Finding
from frmo.schema import standalone
from frmo.validators.data_files import DataFile, load
from frmo.validators.excerpt import excerpt
from frmo.validators.given import Given
from frmo.validators.invocation import run_file, stopped
from frmo.validators.subject import Result, Subject

NAME = "data_schema"


def check(subject: Subject) -> Result:
    """One finding per place that breaks the schema. In the sandbox: a pattern can take for ever on hostile data."""
    findings: list[Finding] = []
    checks = 0
    for part in Given(subject, NAME).only("schemas").parts("schemas"):
        part.only("files", "schema", "rows")
        findings += [_finding(path, "missing", "there is no such file") for path in part.missing_files()]
        for path in part.work_files():
            file = load(subject, path)
            checks += 1
            findings += _against(subject, file, _schema(part), bool(part.raw("rows"))) if file.readable else []
    return Result(tuple(findings), checks)


def _schema(part: Given) -> Any:  # noqa: ANN401  a JSON Schema
    if isinstance(part.raw("schema"), dict):
        return part.raw("schema")
    path, raw = part.base_file("schema")
    return parse(raw, path).checked()


def _against(subject: Subject, file: DataFile, schema: Any, rows: bool) -> list[Finding]:  # noqa: ANN401  a JSON Schema
    request = json.dumps({"schema": schema, "data": file.data, "rows": rows}).encode()
    ended = run_file(subject, standalone.__file__, subject.tools, request)
    if not ended.ok:
        code, words = stopped(ended)
        return [_finding(file.path, code, f"the schema check did not end: {words}")]
    answer = json.loads(ended.stdout)
    if "broken" in answer:
        raise Given(subject, NAME).fault("schemas", f"the schema is not valid: {answer['broken']}")
    return [_placed(subject, file, fault) for fault in answer["faults"]]


def _placed(subject: Subject, file: DataFile, fault: dict[str, Any]) -> Finding:
    line = file.line_of(fault["path"])
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["path"]).removeprefix(".")
    return Finding(
        NAME, 2, str(fault["rule"]), f"{place or 'the whole'}: {fault['message']}"[:500], path=file.path, line=line,
        excerpt=excerpt(subject.work, file.path, line), node=place,
    )  # fmt: skip


def _finding(path: str, code: str, message: str) -> Finding:
    return Finding(NAME, 2, code, f"{path}: {message}", path=path)
