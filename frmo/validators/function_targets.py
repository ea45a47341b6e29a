"""The functions of a change that are worth trying: what the task, its cases and its tests speak of, with all that is shown."""

from dataclasses import replace
from pathlib import PurePosixPath

from frmo.validators.deciding import covers, tidy
from frmo.validators.function_examples import Shown, Target, called_names, from_docstring, from_source, targets
from frmo.validators.stage import content, files_of
from frmo.validators.subject import Subject


def module_name(path: str) -> str:
    """Dotted name of the module that a file is; a leading `src/` and a final `__init__` don't count."""
    parts = PurePosixPath(path).with_suffix("").parts
    parts = parts[1:] if parts[0] == "src" and len(parts) > 1 else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def targets_of(subject: Subject) -> list[Target]:
    """Changed public functions. Where task, cases or tests name some of them, only those."""
    found: list[Target] = []
    for path in subject.changed_python:
        before = {target.name: target.source for target in targets(content(subject.base / path) or b"", path)}
        now = targets(content(subject.work / path) or b"", path)
        found += [target for target in now if before.get(target.name) != target.source]
    tests = _test_sources(subject)
    cases = [case.call.rpartition(":")[2] for case in subject.task.validation.cases]
    named = called_names(tests) | set(cases) | set(subject.task.description.split()) | set(subject.task.title.split())
    chosen = [target for target in found if target.name in named] or found
    return [replace(target, examples=_examples(subject, target, tests)) for target in chosen]


def _test_sources(subject: Subject) -> list[str]:
    patterns = [tidy(test).partition("::")[0] for test in subject.task.validation.tests]
    paths = [path for path in sorted(files_of(subject.base)) if any(covers(pattern, path) for pattern in patterns)]
    return [(content(subject.base / path) or b"").decode("utf-8", "replace") for path in paths if path.endswith(".py")]


def _examples(subject: Subject, target: Target, tests: list[str]) -> tuple[Shown, ...]:
    """Calls that cases, tests, the docstring and the task show, each once."""
    found = [
        Shown(case.args, () if case.raises else (case.expect,))
        for case in subject.task.validation.cases
        if case.call.rpartition(":")[2] == target.name and not case.kwargs and not case.raises
    ]
    for source in tests:
        found += from_source(source, target.name)
    found += from_docstring(target.docstring, target.name) + from_docstring(subject.task.description, target.name)
    return tuple({repr(item.args): item for item in reversed(found)}.values())[::-1]
