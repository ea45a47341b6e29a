"""Hand-broken solutions (HumanEvalPack): refused with their tests, and by level 5 alone with the right one as reference."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from frmo.bench.report import Row, at_least, at_most
from frmo.bench.solutions import LEVELS, Judged, Solution, judge, rows
from frmo.engine.memory import Memory

Progress = Callable[[str], None]
_REFERENCE = "reference.py"


def solutions(folder: Path) -> list[Solution]:
    """Right and broken solutions, in pairs."""
    found = []
    for row in rows(folder, "tasks_humanevalpack"):
        for truth, body in (("right", row["canonical_solution"]), ("wrong", row["buggy_solution"])):
            code = row["prompt"] + body
            found.append(
                Solution(f"{row['task_id']}-{truth}", row["task_id"], code, row["entry_point"], truth, row["test"])
            )
    return found


def broken_rows(folder: Path, progress: Progress, sample: int | None) -> Iterator[Row]:
    """With the tests at levels 1 to 3; without them, level 5 against the reference."""
    memory, every = Memory(), solutions(folder)
    progress(f"HumanEvalPack: {len(every)} solutions with their tests")
    judged, _ = judge(every, LEVELS, progress, memory)
    yield from _rows("HumanEvalPack with tests", judged, 0.98, progress)
    right = {item.task: item.code for item in every if item.truth == "right"}
    bare = [_against(item, right[item.task]) for item in every]
    progress(f"HumanEvalPack: {len(bare)} solutions against the reference, level 5 alone")
    judged, seconds = judge(bare, {5: ("python_properties",)}, progress, memory)
    yield from _rows("HumanEvalPack, reference, level 5 alone", judged, 0.90, progress)
    yield Row("  a solution", seconds / len(bare) * 1000, "ms")
    yield from _mutant_rows([item for item in every if item.truth == "right"][:sample], progress, memory)


def _mutant_rows(right: Sequence[Solution], progress: Progress, memory: Memory) -> Iterator[Row]:
    """How many mutants of right solutions the given tests kill, and what that costs."""
    progress(f"HumanEvalPack: mutants of {len(right)} right solutions")
    judged, seconds = judge(right, {6: ("python_mutants",)}, progress, memory)
    results = [item.verdict.levels[-1] for item in judged if item.verdict.levels and item.verdict.levels[-1].checks]
    tried = sum(result.checks for result in results)
    survived = sum(finding.code == "survived" for item in judged for finding in item.findings)
    yield Row(
        f"HumanEvalPack: {tried} mutants of {len(right)} right solutions, killed by their tests",
        1 - survived / max(1, tried),
    )
    yield Row("  a solution", seconds / max(1, len(right)), "s")


def _against(solution: Solution, reference: str) -> Solution:
    checks = (("python_properties", {"reference": f"{_REFERENCE}:{solution.entry}"}),)
    return replace(solution, tests="", checks=checks, more=((_REFERENCE, reference),))


def _rows(name: str, judged: Sequence[Judged], least: float, progress: Progress) -> Iterator[Row]:
    wrong = [item for item in judged if item.solution.truth == "wrong"]
    right = [item for item in judged if item.solution.truth == "right"]
    found = [item for item in wrong if item.refused_at]
    yield at_least(f"{name}: refused of {len(wrong)} broken", len(found) / max(1, len(wrong)), least)
    yield at_most(f"{name}: refused of {len(right)} right", sum(item.refused_at > 0 for item in right), 0)
    for item in right:
        if item.refused_at:
            progress(f"refused though right: {item.solution.task}: {item.why()}")
    for item in wrong:
        if not item.refused_at:
            progress(f"missed: {item.solution.task}")
