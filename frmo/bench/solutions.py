"""Recorded solutions of small Python tasks, and what the validators say of each. Shared by the measurements of `validate`."""

import ast
import builtins
import gzip
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from frmo.engine.memory import Memory
from frmo.model.task import Case, Task, Validation
from frmo.model.verdict import Finding, Verdict
from frmo.sandbox.choice import choose
from frmo.sandbox.program import MIB, Limits
from frmo.validators.interpreter import own
from frmo.validators.levels import validate
from frmo.validators.subject import Subject

LEVELS = {
    1: ("protected_paths", "python_syntax"),
    2: ("python_static",),
    3: ("python_tests", "python_cases"),
}
_LIMITS = Limits(seconds=15, memory_bytes=768 * MIB, processes=32, output_bytes=2 * MIB)
_FILE = "solution.py"
_TESTS = "tests/test_solution.py"


@dataclass(frozen=True)
class Solution:
    """One solution. `truth`: the label it was recorded with. `tests`: source that asserts about `candidate`."""

    id: str
    task: str
    code: str
    entry: str
    truth: str
    tests: str
    base: str = ""


@dataclass(frozen=True)
class Judged:
    """A solution with its verdict and what decided."""

    solution: Solution
    verdict: Verdict
    findings: tuple[Finding, ...]

    @property
    def refused_at(self) -> int:
        """The level that refused it; 0: none did."""
        return 0 if self.verdict.passed else self.verdict.level + 1

    def why(self) -> str:
        """What decided, in one line."""
        deciding = [finding for finding in self.findings if finding.decides]
        return "; ".join(f"{item.code}: {' '.join(item.message.split())[:120]}" for item in deciding[:2])


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """Lines of `<name>.jsonl.gz`. Split on the newline alone: some texts hold other line separators."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file.read().split("\n") if line]


def judge(
    solutions: Sequence[Solution],
    levels: Mapping[int, Sequence[str]],
    progress: Callable[[str], None],
    checks: Callable[[Solution], Mapping[str, Mapping[str, Any]]] = lambda _: {},
) -> tuple[list[Judged], float]:
    """Verdict of every solution, in order, and the seconds it took with as many at once as there are processors."""
    memory, sandbox = Memory(), choose(os.environ)
    began, done = time.perf_counter(), 0
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(os.cpu_count() or 1) as pool:

        def one(numbered: tuple[int, Solution]) -> Judged:
            number, solution = numbered
            subject = _subject(solution, Path(scratch) / str(number))
            made = replace(subject, sandbox=sandbox, remember=memory, settings=checks(solution))
            return Judged(solution, *_judged(made, levels))

        judged = []
        for item in pool.map(one, enumerate(solutions)):
            judged.append(item)
            done += 1
            if done % 50 == 0:
                progress(f"{done} of {len(solutions)}")
    return judged, time.perf_counter() - began


def _judged(subject: Subject, levels: Mapping[int, Sequence[str]]) -> tuple[Verdict, tuple[Finding, ...]]:
    verdict, findings = validate(subject, levels, max(levels))
    return verdict, tuple(findings)


def _subject(solution: Solution, folder: Path) -> Subject:
    cases, rest = as_cases(solution.tests, solution.entry)
    files = {_TESTS: rest} if rest else {}
    _write(folder / "base", {**files, **({_FILE: solution.base} if solution.base else {})})
    _write(folder / "work", {**files, _FILE: solution.code})
    (folder / "checks").mkdir()
    validation = Validation(tests=(_TESTS,) if rest else (), cases=cases)
    task = Task(f"bench-{solution.id}", "bench", {}, solution.task, files=(_FILE,), validation=validation)
    return Subject(
        task=task,
        work=folder / "work",
        base=folder / "base",
        changed=(_FILE,),
        sandbox=choose(os.environ),
        python=own(),
        tools=own(),
        scratch=folder / "checks",
        limits=_LIMITS,
    )


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8", errors="surrogatepass")


def as_cases(tests: str, entry: str) -> tuple[tuple[Case, ...], str]:
    """What `tests` assert of `candidate`: as cases where call and result are literals, the rest as a test file."""
    tree = ast.parse(tests)
    cases: list[Case] = []
    rest: list[ast.stmt] = []
    for statement in _statements(tree):
        case = _case(statement, entry)
        if case:
            cases.append(case)
        else:
            rest.append(statement)
    if not any(isinstance(node, ast.Assert) for item in rest for node in ast.walk(item)):
        return tuple(cases), ""
    body = "\n".join(f"    {line}" for item in rest for line in ast.unparse(item).splitlines())
    head = "\n".join(ast.unparse(item) for item in tree.body if isinstance(item, ast.Import | ast.ImportFrom))
    called = {
        node.func.id
        for item in rest
        for node in ast.walk(item)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    own = sorted(name for name in called - {"candidate", entry} if not hasattr(builtins, name))
    names = "".join(f"    {name} = getattr(solution, {name!r}, None)\n" for name in own)
    names += f"    candidate = {entry} = solution.{entry}\n"
    return tuple(cases), f"import solution\n{head}\n\n\ndef test_rest():\n{names}{body}\n"


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements of every `check` function (its own calls left out), and asserts beside it."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("check"):
            yield from (item for item in node.body if not isinstance(item, ast.Pass))
        elif isinstance(node, ast.Assert):
            yield node


def _case(node: ast.stmt, entry: str) -> Case | None:
    match node:
        case ast.Assert(test=ast.Compare(left=ast.Call() as call, ops=[ast.Eq()], comparators=[right])):
            return _literal_case(call, right, entry)
        case _:
            return None


def _literal_case(call: ast.Call, right: ast.expr, entry: str) -> Case | None:
    if not isinstance(call.func, ast.Name) or call.func.id not in (entry, "candidate"):
        return None
    try:
        args = tuple(ast.literal_eval(item) for item in call.args)
        kwargs = {item.arg: ast.literal_eval(item.value) for item in call.keywords if item.arg}
        expect = ast.literal_eval(right)
    except (ValueError, TypeError, MemoryError, SyntaxError):
        return None
    return Case(f"solution:{entry}", args, kwargs, expect)


def share(part: Iterable[object], whole: Iterable[object]) -> float:
    """Part of the whole; 1 when there is nothing."""
    count, total = len(list(part)), len(list(whole))
    return count / total if total else 1.0
