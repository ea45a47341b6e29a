"""Detection on recorded solutions of MBPP: `detect_mbpp` joined with the tests of `tasks_mbpp`."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

from frmo.bench.report import Row, at_least, at_most
from frmo.bench.solutions import LEVELS, Judged, Solution, judge, rows, share

WRONG = ("wrong", "exception", "load", "syntax")
_MOST_SECONDS = 300.0
_BATCH = 500


def solutions(folder: Path) -> list[Solution]:
    """Every labelled solution whose task has tests. Visible tests are given as well, where there are some."""
    tasks = {row["task"]: row for row in rows(folder, "tasks_mbpp")}
    found = []
    for row in rows(folder, "detect_mbpp"):
        task = tasks.get(row["task"])
        if task:
            tests = "\n".join([task["base"].partition("def test_check")[0], *(row["visible_tests"] or ())])
            entry = task["entry"] if f"def {task['entry']}(" in row["code"] else row["entry_point"]
            found.append(Solution(row["id"], row["task"], row["code"], entry, row["truth"], tests))
    return found


def detection_rows(folder: Path, progress: Callable[[str], None], sample: int | None, seed: int) -> Iterator[Row]:
    """Recall on wrong work, refusals of right work, by level; time for 500."""
    every = solutions(folder)
    Random(seed).shuffle(every)
    chosen = every[:sample]
    progress(f"MBPP: {len(chosen)} of {len(every)} labelled solutions, levels 1 to 3")
    judged, seconds = judge(chosen, LEVELS, progress)
    wrong = [item for item in judged if item.solution.truth in WRONG]
    right = [item for item in judged if item.solution.truth == "right"]
    silent = [item for item in judged if item.solution.truth == "silent"]
    refused = [item for item in right if item.refused_at]
    yield at_least(
        f"MBPP: recall on {len(wrong)} wrong", share((item for item in wrong if item.refused_at), wrong), 0.99
    )
    yield at_most(f"MBPP: refused of {len(right)} right", share(refused, right) if right else 0.0, 0.02)
    yield from _explained(refused, progress)
    for truth in (*WRONG, "timeout"):
        yield from _by_level(truth, [item for item in judged if item.solution.truth == truth])
    found = [item for item in silent if item.refused_at]
    yield Row(f"MBPP: silent errors found at levels 1 to 3, of {len(silent)}", share(found, silent))
    yield at_most(f"{_BATCH} solutions, levels 1 to 3, sandboxed", seconds / len(judged) * _BATCH, _MOST_SECONDS, "s")
    for level in LEVELS:
        spent = [result.duration_s for item in judged for result in item.verdict.levels if result.level == level]
        yield Row(f"  level {level}, mean", sum(spent) / max(1, len(spent)) * 1000, "ms")
    for item in wrong:
        if not item.refused_at:
            progress(f"missed {item.solution.task} {item.solution.id} ({item.solution.truth})")


def _by_level(truth: str, judged: Sequence[Judged]) -> Iterator[Row]:
    levels = Counter(item.refused_at for item in judged)
    for level in LEVELS:
        if levels[level]:
            yield Row(f"  {truth}: first refused at level {level}", levels[level], f"of {len(judged)}")


def _explained(refused: Sequence[Judged], progress: Callable[[str], None]) -> Iterator[Row]:
    reasons = Counter(_reason(item) for item in refused)
    for item in refused:
        progress(f"refused though right: {item.solution.task} {item.solution.id}: {item.why()}")
    for reason, count in reasons.most_common():
        yield Row(f"  refused though right: {reason}", count)


def _reason(item: Judged) -> str:
    deciding = next(finding for finding in item.findings if finding.decides)
    return f"level {deciding.level} {deciding.code}"
