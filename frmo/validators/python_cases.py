"""Level 3: the task's cases. The sandbox is given inputs and gives outputs; only this process knows what was expected."""

import json
from collections.abc import Mapping
from dataclasses import replace

from frmo.errors import Fault, InputError
from frmo.model.task import Case
from frmo.model.verdict import Finding
from frmo.validators.deciding import covers
from frmo.validators.excerpt import excerpt
from frmo.validators.function_targets import module_name
from frmo.validators.invocation import Records, import_paths, sealed, stopped
from frmo.validators.stage import stage
from frmo.validators.subject import Result, Subject
from frmo.validators.values import BadValue, Value, decode, encode, same, shown

NAME = "python_cases"
_SHARE = 0.5


def check(subject: Subject) -> Result:
    """One finding per case that isn't as expected; cases after one that ended the process are not reached."""
    cases = subject.task.validation.cases
    if not cases:
        return Result()
    calls = [_call(subject, number, case) for number, case in enumerate(cases)]
    tree = stage(subject, "cases", tests=False).root
    seconds = max(1.0, subject.limits.seconds * _SHARE)
    request = {"paths": import_paths(tree), "seconds": seconds, "calls": calls}
    records = sealed(subject, "cases", request, tree)
    return Result(tuple(judged(subject, records)), len(cases))


def judged(subject: Subject, records: Records) -> list[Finding]:
    """Findings from what the sandbox reported: the first record of a case counts, and a case without one failed."""
    results: dict[int, Mapping[str, Value]] = {}
    for record in records.of("result") + records.of("large"):
        results.setdefault(record["at"], record)
    findings: list[Finding] = []
    for number, case in enumerate(subject.task.validation.cases):
        if number not in results:
            return [*findings, _unfinished(subject, number, case, records)]
        if finding := _compared(subject, number, case, results[number]):
            findings.append(finding)
    return findings


def module_of(subject: Subject, case: Case) -> tuple[str, str]:
    """Module and function of a call. Raises InputError when the task doesn't say which module."""
    module, _, function = case.call.rpartition(":")
    if module:
        return module, function
    sources = [path for path in subject.task.files if path.endswith(".py") and not set(path) & set("*?[")]
    if len(sources) != 1:
        sources = [path for path in subject.changed_python if any(covers(glob, path) for glob in subject.task.files)]
    if len(sources) != 1:
        hint = f"write it as `package.module:{case.call}`, or give exactly one Python file in `files`"
        raise InputError([Fault(subject.task.path, f"validation.cases: which module has {case.call!r}?", hint=hint)])
    return module_name(sources[0]), function


def _call(subject: Subject, number: int, case: Case) -> dict[str, Value]:
    module, function = module_of(subject, case)
    try:
        args = [encode(item) for item in case.args]
        kwargs = {key: encode(item) for key, item in case.kwargs.items()}
    except BadValue as fault:
        raise InputError([Fault(subject.task.path, f"validation.cases[{number}]: {fault}")]) from fault
    return {"at": number, "module": module, "function": function, "args": args, "kwargs": kwargs}


def _compared(subject: Subject, number: int, case: Case, record: Mapping[str, Value]) -> Finding | None:
    if record.get("raised"):
        return _raised(subject, number, case, record)
    if "value" not in record:
        return _finding(subject, number, case, "unencodable", "its result is too large to compare")
    try:
        value = decode(record["value"])
    except BadValue as fault:
        return _finding(subject, number, case, "forged", f"its result can't be read: {fault}")
    if case.raises:
        return _finding(subject, number, case, "no_raise", f"gave {shown(value)}, should raise {case.raises}")
    if same(case.expect, value):
        return None
    return _finding(subject, number, case, "wrong_value", f"gave {shown(value)}, expected {shown(case.expect)}")


def _raised(subject: Subject, number: int, case: Case, record: Mapping[str, Value]) -> Finding | None:
    names, text = [str(name) for name in record["raised"]], str(record.get("text", ""))
    if record.get("late"):
        return _finding(subject, number, case, "timeout", "took too long")
    if case.raises and record.get("phase") == "call" and case.raises.split(".")[-1] in names:
        return None
    code = {"load": "load", "encode": "unencodable"}.get(str(record.get("phase")), "error")
    instead = f", should raise {case.raises}" if case.raises else ""
    finding = _finding(subject, number, case, code, f"{names[0]}: {text.splitlines()[0] if text else ''}{instead}")
    path, line = str(record.get("path", "")), int(record.get("line", 0))
    return replace(finding, exception=names[0], path=path, line=line, excerpt=excerpt(subject.work, path, line))


def _unfinished(subject: Subject, number: int, case: Case, records: Records) -> Finding:
    code, words = stopped(records.ended)
    left = len(subject.task.validation.cases) - number - 1
    after = f"; {left} more not reached" if left else ""
    return _finding(subject, number, case, code, f"{words}{after}")


def _finding(subject: Subject, number: int, case: Case, code: str, message: str) -> Finding:
    module, function = module_of(subject, case)
    shown_args = [shown(item) for item in case.args] + [f"{key}={shown(item)}" for key, item in case.kwargs.items()]
    call = f"{function}({', '.join(shown_args)})"
    line = f"from {module} import {function.split('.')[0]}; print(repr({call}))"
    return Finding(
        NAME, 3, code, f"{call} {message}" if code in ("wrong_value", "no_raise") else message,
        node=f"case {number + 1}: {call}", reproduce=f"python -c {json.dumps(line)}",
    )  # fmt: skip
