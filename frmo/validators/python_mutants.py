"""Level 6 for Python: mutants of the changed lines must be killed by the task's tests and cases.

checks: {python_mutants: {threshold: 0.8, most: 25, seconds: 120}}
Below the threshold the mutants that survive decide: the tests don't hold the change in place. Above, they advise.
"""

import ast
import difflib
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from frmo.errors import Fault, InputError
from frmo.model.verdict import Finding
from frmo.validators import python_cases, python_tests
from frmo.validators.excerpt import excerpt
from frmo.validators.given import Given
from frmo.validators.invocation import run, script, stopped
from frmo.validators.stage import content, rules
from frmo.validators.subject import Result, Subject

NAME = "python_mutants"
_SLOWER = 5.0
_LEAST_S = 3.0


@dataclass(frozen=True)
class Mutant:
    """One slip: the whole file with it."""

    path: str
    line: int
    operator: str
    source: str


def check(subject: Subject) -> Result:
    """Make mutants, run tests and cases on each, compare the share killed with the threshold."""
    given = Given(subject, NAME).only("threshold", "most", "seconds")
    threshold, most = given.number("threshold", 0.8), int(given.number("most", 25))
    check = subject.task.validation
    rule = rules(subject)
    paths = [path for path in subject.changed_python if not rule.of_base(path)]
    files = {path: lines for path in paths if (lines := changed_lines(subject, path))}
    if not files or not (check.tests or check.cases):
        return Result(note="no tests of the task" if files else "")
    began = time.monotonic()
    if any(finding.decides for finding in _judged(subject)):
        return Result(note="the work itself fails its tests")
    # A mutant may loop for ever: it gets a few times what the work took.
    limits = replace(subject.limits, seconds=max(_LEAST_S, (time.monotonic() - began) * _SLOWER))
    quick = replace(subject, limits=limits)
    until = time.monotonic() + given.number("seconds", 120)
    survivors: list[Mutant] = []
    tried = 0
    for number, mutant in enumerate(_mutants(subject, files, most)):
        if time.monotonic() > until:
            break
        tried += 1
        survivors += [] if _killed(quick, mutant, number) else [mutant]
    ratio = 1 - len(survivors) / tried if tried else 1.0
    decides = ratio < threshold
    findings = [_finding(subject, mutant, decides) for mutant in survivors]
    return Result(tuple(findings), tried, f"{tried - len(survivors)} of {tried} mutants killed")


def changed_lines(subject: Subject, path: str) -> list[int]:
    """Lines of `path` that the change added or altered and that hold code: no docstrings, no annotations alone."""
    now = (content(subject.work / path) or b"").decode("utf-8", "replace").splitlines()
    before = (content(subject.base / path) or b"").decode("utf-8", "replace").splitlines()
    blocks = difflib.SequenceMatcher(None, before, now, autojunk=False).get_opcodes()
    lines = {line + 1 for tag, _, _, start, end in blocks if tag in ("insert", "replace") for line in range(start, end)}
    return sorted(lines - set(_silent("\n".join(now))))


def _silent(source: str) -> Iterator[int]:
    """Lines of docstrings, and of what runs only as a program."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        main = isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)
        if isinstance(node, ast.stmt) and (text or main):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _mutants(subject: Subject, files: dict[str, list[int]], most: int) -> list[Mutant]:
    sources = {path: (content(subject.work / path) or b"").decode("utf-8", "replace") for path in files}
    request = {"files": {path: {"source": sources[path], "lines": files[path]} for path in files}, "most": most}
    ended = run(
        subject, script(subject.tools, "mutants"), worktree=None, interpreters=(subject.tools,),
        stdin=json.dumps(request).encode(),
    )  # fmt: skip
    if b"No module named 'cosmic_ray'" in ended.stderr:
        hint = f"{subject.tools.path} -m pip install cosmic-ray"
        raise InputError([Fault("validation.level", "level 6 needs Cosmic Ray, which makes the mutants", hint=hint)])
    if not ended.ok:
        words = ended.stderr.decode("utf-8", "replace").strip()[-300:] or stopped(ended)[1]
        raise InputError([Fault(subject.task.path, f"no mutants could be made: {words}")])
    return [Mutant(**item) for item in json.loads(ended.stdout)]


def _killed(subject: Subject, mutant: Mutant, number: int) -> bool:
    folder = subject.scratch / f"mutant-{number}"
    work = folder / "work"
    shutil.copytree(subject.work, work, symlinks=True)
    (work / mutant.path).write_text(mutant.source, encoding="utf-8", errors="replace")
    mutated = replace(subject, work=work, scratch=folder)
    try:
        return any(finding.decides for finding in _judged(mutated))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _judged(subject: Subject) -> tuple[Finding, ...]:
    """What the cases, and where these find nothing the tests, say."""
    found = python_cases.check(subject).findings
    if any(finding.decides for finding in found) or not subject.task.validation.tests:
        return found
    return (*found, *python_tests.check(subject).findings)


def _finding(subject: Subject, mutant: Mutant, decides: bool) -> Finding:
    before = excerpt(subject.work, mutant.path, mutant.line)
    lines = mutant.source.splitlines()
    after = lines[mutant.line - 1].strip() if mutant.line <= len(lines) else ""
    return Finding(
        NAME, 6, "survived", f"no test fails when line {mutant.line} reads `{after}`", path=mutant.path, line=mutant.line,
        excerpt=before, node=f"{mutant.path}:{mutant.line} {mutant.operator}", decides=decides,
    )  # fmt: skip
