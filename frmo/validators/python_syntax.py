"""Level 1 for Python: every changed file can be parsed."""

import json

from frmo.model.verdict import Finding
from frmo.validators.excerpt import excerpt
from frmo.validators.invocation import run, script, stopped
from frmo.validators.stage import copied
from frmo.validators.subject import Result, Subject
from frmo.validators.values import Value, parse

_SECONDS = 60.0


def check(subject: Subject) -> Result:
    """Parse all changed files in one sandboxed process: hostile source can end the interpreter that parses it."""
    paths = list(subject.changed_python)
    tree = copied(subject, "syntax", paths) if paths else None
    findings: list[Finding] = []
    waiting = paths
    while waiting:
        ended = run(
            subject,
            script(subject.python, "syntax"),
            worktree=tree,
            interpreters=(subject.python,),
            stdin=json.dumps(waiting).encode(),
            seconds=_SECONDS,
        )
        answers = [answer for line in ended.stdout.splitlines() if (answer := parse(line))]
        findings += [_finding(subject, answer) for answer in answers if "exception" in answer]
        done = sum("path" in answer for answer in answers)
        if done < len(waiting):
            findings.append(_crash(waiting[done], *stopped(ended)))
        waiting = waiting[done + 1 :]
    return Result(tuple(findings), len(paths))


def _finding(subject: Subject, answer: dict[str, Value]) -> Finding:
    path, line = str(answer["path"]), int(answer.get("line", 0))
    kind = str(answer["exception"])
    return Finding(
        "python_syntax", 1, kind, str(answer["message"]), exception=kind, path=path, line=line,
        excerpt=excerpt(subject.work, path, line), reproduce=f"python -m ast {path}",
    )  # fmt: skip


def _crash(path: str, code: str, words: str) -> Finding:
    return Finding("python_syntax", 1, code, f"the parser did not survive: {words}", path=path)
