"""The levels of one validation, cheapest first, up to the one asked for or the first that fails."""

import time
from collections.abc import Mapping, Sequence

from frmo.model.task import Validation
from frmo.model.verdict import LEVELS, Finding, LevelResult, Verdict, verdict_of
from frmo.validators.registry import find
from frmo.validators.result_cache import kept
from frmo.validators.subject import Subject

_NARROW = frozenset({"protected_paths", "python_syntax", "data_syntax"})


def asked_level(check: Validation, levels: Mapping[int, Sequence[str]], least: int = 2) -> int:
    """The level a task is validated to: its own, else the highest at which it gives something, at least `least`.

    3 where there are tests or cases, 4 for commands, and the level of a validator that `checks` names.
    """
    given = [3] if check.tests or check.cases else []
    given += [4] if check.commands else []
    given += [level for level, names in levels.items() if set(names) & set(check.checks)]
    return check.level or max([least, *given])


def only_changed(asked: int, levels: Mapping[int, Sequence[str]]) -> bool:
    """True when all validators up to `asked` look at nothing but the changed files: no other need be written out."""
    return all(set(names) <= _NARROW for level, names in levels.items() if level <= asked)


def validate(
    subject: Subject, levels: Mapping[int, Sequence[str]], asked: int, run_all: bool = False
) -> tuple[Verdict, list[Finding]]:
    """Run the validators of each level up to `asked`. Stops after the first failing level unless `run_all`.

    Raises InputError where the base commit, the environment or the task itself is what is broken.
    """
    results: list[LevelResult] = []
    findings: list[Finding] = []
    for level in sorted(LEVELS):
        if level > asked:
            break
        result, found = _level(subject, level, tuple(levels.get(level, ())))
        results.append(result)
        findings += found
        if not result.passed and not run_all:
            break
    return verdict_of(results, findings, asked, subject.sandbox.level), findings


def _level(subject: Subject, level: int, names: tuple[str, ...]) -> tuple[LevelResult, list[Finding]]:
    started = time.monotonic()
    findings: list[Finding] = []
    notes: list[str] = []
    checks = 0
    for name in names:
        result = kept(subject, name, find(name))
        findings += result.findings
        checks += result.checks
        notes += [result.note] if result.note else []
    passed = not any(finding.decides for finding in findings)
    if not checks and passed:
        notes.append("nothing to check")
    duration = round(time.monotonic() - started, 3)
    return LevelResult(level, passed, checks, duration, names, "; ".join(dict.fromkeys(notes))), findings
