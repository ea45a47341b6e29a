"""Detection on recorded solutions of MBPP: `detect_mbpp` joined with the tests of `tasks_mbpp`.

The two sources do not always pose the same task under one number (another order of arguments, `True` for `"Yes"`). An
assertion that every solution labelled right fails contradicts the labels: it is left out, counted and named.
"""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from frmo.bench.report import Row, at_least, at_most
from frmo.bench.solutions import LEVELS, Judged, Solution, judge, rows
from frmo.engine.memory import Memory

WRONG = ("wrong", "exception", "load", "syntax")
_BATCH, _MOST_SECONDS = 500, 300.0

Progress = Callable[[str], None]


def solutions(folder: Path) -> list[Solution]:
    """Every labelled solution whose task has tests, with the visible test of its task, where there is one."""
    tasks = {row["task"]: row for row in rows(folder, "tasks_mbpp")}
    recorded = [row for row in rows(folder, "detect_mbpp") if row["task"] in tasks]
    visible = {row["task"]: row["visible_tests"] for row in recorded if row["visible_tests"]}
    return [_solution(row, tasks[row["task"]], visible.get(row["task"], [])) for row in recorded]


def _solution(row: dict[str, Any], task: dict[str, str], visible: Sequence[str]) -> Solution:
    called = [match[1] for text in visible if (match := re.match(r"assert\s+(\w+)\(", text))]
    # The sources spell some names differently; the name of the tests counts, unless it is another altogether.
    entry = next((name for name in called if name.lower() != task["entry"].lower()), task["entry"])
    entry = task["entry"] if f"def {task['entry']}(" in row["code"] else entry
    asserted = [re.sub(r"^assert\s+\w+\(", "assert candidate(", text) for text in visible]
    tests = "\n".join([task["base"].partition("def test_check")[0], *asserted])
    detail: Any = row.get("detail") or {}
    return Solution(
        row["id"], row["task"], row["code"], entry, row["truth"], tests, fails_on=str(detail.get("inp", ""))
    )


def detection_rows(folder: Path, progress: Progress, sample: int | None, seed: int) -> Iterator[Row]:
    """Recall on wrong work, refusals of right work, by level; time for 500."""
    memory = Memory()
    chosen = _sampled(solutions(folder), sample, seed)
    progress(f"MBPP: {len(chosen)} labelled solutions, levels 1 to 3")
    right, spent = judge([item for item in chosen if item.truth == "right"], LEVELS, progress, memory)
    against = _contradicted(right)
    others = [replace(item, skip=against[item.task]) for item in chosen if item.truth != "right"]
    judged, more = judge(others, LEVELS, progress, memory)
    yield from _right_rows(right, against, progress)
    yield from _wrong_rows([item for item in judged if item.solution.assertions], progress)
    yield at_most(
        f"{_BATCH} solutions, levels 1 to 3", (spent + more) / max(1, len(chosen)) * _BATCH, _MOST_SECONDS, "s"
    )
    for level in LEVELS:
        times = [
            result.duration_s for item in (*right, *judged) for result in item.verdict.levels if result.level == level
        ]
        yield Row(f"  level {level}, mean", sum(times) / max(1, len(times)) * 1000, "ms")


def property_rows(folder: Path, progress: Progress, sample: int, seed: int) -> Iterator[Row]:
    """Silent errors that generated properties find without a reference, against right work refused, by how far inputs go."""
    every = solutions(folder)
    Random(seed).shuffle(every)
    chosen = [item for truth in ("right", "silent") for item in [one for one in every if one.truth == truth][:sample]]
    for width in ("near", "edges", "wide"):
        progress(f"MBPP: level 5 without a reference, inputs {width}, {len(chosen)} solutions")
        given = (("python_properties", {"width": width}),)
        level = {5: ("python_properties",)}
        judged, _ = judge([replace(item, checks=given) for item in chosen], level, progress, Memory())
        for truth, words in (("silent", "silent errors found"), ("right", "right refused")):
            labelled = [item for item in judged if item.solution.truth == truth]
            found = sum(item.refused_at > 0 for item in labelled)
            yield Row(
                f"MBPP, level 5 without a reference, {width}: {words} of {len(labelled)}", found / max(1, len(labelled))
            )


def _sampled(every: list[Solution], sample: int | None, seed: int) -> list[Solution]:
    """All solutions of tasks drawn one by one, until there are `sample`."""
    tasks = sorted({item.task for item in every})
    Random(seed).shuffle(tasks)
    order = {task: place for place, task in enumerate(tasks)}
    return sorted(every, key=lambda item: order[item.task])[:sample]


def _contradicted(right: Sequence[Judged]) -> dict[str, frozenset[str]]:
    """By task: assertions that every solution labelled right fails."""
    failed: dict[str, list[set[str]]] = defaultdict(list)
    for item in right:
        failed[item.solution.task].append(item.failed)
    return defaultdict(frozenset, {task: frozenset(set.intersection(*found)) for task, found in failed.items()})


def _right_rows(right: Sequence[Judged], against: dict[str, frozenset[str]], progress: Progress) -> Iterator[Row]:
    every = [item for item in right if item.refused_at]
    refused = [item for item in every if not item.failed or item.failed - against[item.solution.task]]
    yield at_most(f"MBPP: refused of {len(right)} right", len(refused) / max(1, len(right)), 0.02)
    reasons: Counter[str] = Counter()
    for item in refused:
        reasons[f"level {item.deciding[0].level} {item.deciding[0].code}"] += 1
        progress(f"refused though right: {item.solution.task} {item.solution.id}: {item.why()}")
    for reason, count in reasons.most_common():
        yield Row(f"  refused though right: {reason}", count)
    tasks = [task for task, found in against.items() if found]
    yield Row(
        "  assertions that contradict the labels, left out",
        sum(len(against[task]) for task in tasks),
        f"in {len(tasks)} tasks",
    )
    yield Row("  refused though right, with these", len(every) / max(1, len(right)))


def _wrong_rows(judged: Sequence[Judged], progress: Progress) -> Iterator[Row]:
    wrong = [item for item in judged if item.solution.truth in WRONG]
    found = [item for item in wrong if item.refused_at]
    yield at_least(f"MBPP: recall on {len(wrong)} wrong", len(found) / max(1, len(wrong)), 0.99)
    unseen = [item for item in wrong if not item.refused_at and not _is_asserted(item.solution)]
    yield Row(
        "  passed, since no assertion has the input they were recorded to fail on",
        len(unseen),
        f"of {len(wrong) - len(found)}",
    )
    for truth in (*WRONG, "timeout", "silent"):
        labelled = [item for item in judged if item.solution.truth == truth]
        levels = Counter(item.refused_at for item in labelled)
        for level in (*LEVELS, 0):
            if levels[level]:
                words = f"first refused at level {level}" if level else "not refused"
                yield Row(f"  {truth}: {words}", levels[level], f"of {len(labelled)}")
    for item in wrong:
        if not item.refused_at:
            progress(f"missed {item.solution.task} {item.solution.id} ({item.solution.truth})")


def _is_asserted(solution: Solution) -> bool:
    """True when an assertion calls the function with the arguments on which it was recorded to fail."""
    try:
        args = ast.literal_eval(solution.fails_on)
    except (ValueError, SyntaxError):
        return False
    return any(item.case and list(item.case.args) == list(args) for item in solution.assertions)
