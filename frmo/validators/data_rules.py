"""Level 3 for data: invariants and rules across fields, rows and files, as Python expressions in the task or domain.

checks: {data_rules: {rules: [{files: "data/*.csv", each: ["row['start'] <= row['end']"],
                               whole: ["len({row['id'] for row in rows}) == len(rows)"], with: [data/other.json]}]}}
"""

import json

from frmo.model.verdict import Finding
from frmo.validators.data_files import DataFile, load
from frmo.validators.excerpt import excerpt
from frmo.validators.given import Given
from frmo.validators.invocation import run, script, stopped
from frmo.validators.subject import Result, Subject

NAME = "data_rules"


def check(subject: Subject) -> Result:
    """One finding per row or rule that is broken. Names: `row`, `rows`, `data`, and `files` by path for those of `with`."""
    findings: list[Finding] = []
    checks = 0
    for part in Given(subject, NAME).only("rules").parts("rules"):
        part.only("files", "each", "whole", "with")
        for key in ("each", "whole"):
            _compiled(part, key)
        findings += [
            Finding(NAME, 3, "missing", f"{path}: there is no such file", path=path) for path in part.missing_files()
        ]
        others = {path: load(subject, path).data for path in (part.work_files("with") if part.texts("with") else ())}
        for path in part.work_files():
            file = load(subject, path)
            checks += len(part.texts("each")) + len(part.texts("whole"))
            findings += _broken(subject, part, file, others) if file.readable else []
    return Result(tuple(findings), checks)


def _compiled(part: Given, key: str) -> None:
    for rule in part.texts(key):
        try:
            compile(rule, "<rule>", "eval")
        except (SyntaxError, ValueError) as fault:
            raise part.fault(key, f"{rule!r} is no expression: {fault}") from fault


def _broken(subject: Subject, part: Given, file: DataFile, others: dict[str, object]) -> list[Finding]:
    request = {"each": part.texts("each"), "whole": part.texts("whole"), "data": file.data, "files": others}
    ended = run(
        subject, script(subject.tools, "rules"), worktree=None, interpreters=(subject.tools,),
        stdin=json.dumps(request).encode(),
    )  # fmt: skip
    if not ended.ok:
        code, words = stopped(ended)
        return [Finding(NAME, 3, code, f"the rules did not end: {words}", path=file.path)]
    return [_finding(subject, file, item) for item in json.loads(ended.stdout)]


def _finding(subject: Subject, file: DataFile, item: dict[str, object]) -> Finding:
    row = item["row"]
    line = file.line_of([row]) if isinstance(row, int) and isinstance(file.data, list) else 0
    where = f"row {row + 1}: " if isinstance(row, int) and isinstance(file.data, list) else ""
    why = f" ({item['why']})" if item["why"] else ""
    return Finding(
        NAME, 3, "rule", f"{where}{item['rule']} does not hold{why}", path=file.path, line=line,
        excerpt=excerpt(subject.work, file.path, line), node=str(item["rule"]),
    )  # fmt: skip
