"""Recorded solutions of small Python tasks, and what the validators say of each. Shared by the measurements of `validate`."""

import gzip
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frmo.bench.assertions import Assertion, assertions, test_file
from frmo.engine.memory import Memory
from frmo.model.task import Task, Validation
from frmo.model.verdict import Finding, Verdict
from frmo.sandbox.choice import choose
from frmo.sandbox.program import MIB, Limits, Sandbox
from frmo.validators.interpreter import own
from frmo.validators.levels import validate
from frmo.validators.subject import Subject

LEVELS = {1: ("protected_paths", "python_syntax"), 2: ("python_static",), 3: ("python_tests", "python_cases")}
LIMITS = Limits(seconds=15, memory_bytes=768 * MIB, processes=32, output_bytes=2 * MIB)
FILE, TESTS = "solution.py", "tests/test_solution.py"
_NODE = re.compile(r"case (\d+): |::test_(\d+)$")


@dataclass(frozen=True)
class Solution:
    """One solution. `truth`: the label it was recorded with. `tests`: source that asserts about `candidate`.

    `base`: what the function's file held before. `fails_on`: arguments it was recorded to fail on, as source. `skip`: assertions left out, by their text. `checks`: for validators.
    """

    id: str
    task: str
    code: str
    entry: str
    truth: str
    tests: str = ""
    base: str = ""
    fails_on: str = ""
    skip: frozenset[str] = frozenset()
    checks: tuple[tuple[str, Any], ...] = ()
    more: tuple[tuple[str, str], ...] = ()

    @property
    def assertions(self) -> list[Assertion]:
        """Those that count."""
        return [item for item in assertions(self.tests, self.entry) if item.text not in self.skip]


@dataclass(frozen=True)
class Judged:
    """A solution with its verdict and what decided."""

    solution: Solution
    verdict: Verdict
    findings: tuple[Finding, ...]

    @property
    def deciding(self) -> list[Finding]:
        """The findings that refused it."""
        return [finding for finding in self.findings if finding.decides]

    @property
    def refused_at(self) -> int:
        """The level that refused it; 0: none did."""
        return 0 if self.verdict.passed else self.verdict.level + 1

    @property
    def failed(self) -> set[str]:
        """Texts of the assertions that it failed at level 3; all of them where it could not be loaded or never ended."""
        every = self.solution.assertions
        cases = [item for item in every if item.case]
        found: set[str] = set()
        for finding in self.deciding:
            match = _NODE.search(finding.node)
            if finding.level != 3 or not match or finding.code in ("died", "timeout"):
                return {item.text for item in every}
            found.add(cases[int(match[1]) - 1].text if match[1] else every[int(match[2])].text)
        return found

    def why(self) -> str:
        """What decided, in one line."""
        return "; ".join(f"{item.code}: {' '.join(item.message.split())[:120]}" for item in self.deciding[:2])


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """Lines of `<name>.jsonl.gz`. Split on the newline alone: some texts hold other line separators."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file.read().split("\n") if line]


def judge(
    solutions: Sequence[Solution], levels: Mapping[int, Sequence[str]], progress: Callable[[str], None], memory: Memory
) -> tuple[list[Judged], float]:
    """Verdict of every solution, in order, and the seconds it took with as many at once as there are processors."""
    sandbox = choose(os.environ)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(os.cpu_count() or 1) as pool:

        def one(numbered: tuple[int, Solution]) -> Judged:
            number, solution = numbered
            subject = _subject(solution, Path(scratch) / str(number), sandbox, memory)
            verdict, findings = validate(subject, levels, max(levels))
            return Judged(solution, verdict, tuple(findings))

        judged = []
        for item in pool.map(one, enumerate(solutions)):
            judged.append(item)
            if len(judged) % 100 == 0:
                progress(f"{len(judged)} of {len(solutions)}")
    return judged, time.perf_counter() - began


def _subject(solution: Solution, folder: Path, sandbox: Sandbox, memory: Memory) -> Subject:
    found = solution.assertions
    tests = test_file(found, solution.tests, solution.entry)
    shared = {**dict(solution.more), **({TESTS: tests} if tests else {})}
    _write(folder / "base", {**shared, **({FILE: solution.base} if solution.base else {})})
    _write(folder / "work", {**shared, FILE: solution.code})
    (folder / "checks").mkdir()
    cases = tuple(item.case for item in found if item.case)
    validation = Validation(tests=(TESTS,) if tests else (), cases=cases, checks=dict(solution.checks))
    return Subject(
        task=Task(f"bench-{solution.id}", "bench", {}, solution.task, files=(FILE,), validation=validation),
        work=folder / "work",
        base=folder / "base",
        changed=(FILE,),
        sandbox=sandbox,
        python=own(),
        tools=own(),
        scratch=folder / "checks",
        limits=LIMITS,
        remember=memory,
    )


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8", errors="surrogatepass")
