"""Level 5 for Python: properties, tried on many generated inputs; what breaks one is shrunk to the smallest that does.

checks: {python_properties: {tests: tests/test_properties.py, reference: "tests/reference.py:slugify", examples: 200}}
`tests`: Hypothesis tests of the base commit, run like any other. `reference`: a function of the base commit that gives the
same. Without one: what is shown of a function tells what it takes; on the like it must not crash, hang, answer the same
call in two ways or with another type. `width`: near, edges or wide. `generated: false` leaves these out.
The function runs in a process of its own; inputs are made, and outputs judged, in ours.
"""

import json
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import strategies as st

from frmo.model.task import Task
from frmo.model.verdict import Finding
from frmo.validators import python_tests
from frmo.validators.caller import Caller
from frmo.validators.excerpt import excerpt
from frmo.validators.function_examples import Target
from frmo.validators.function_targets import module_name, targets_of
from frmo.validators.given import Given
from frmo.validators.property_inputs import EDGES, NEAR, WIDE, Strategy, arguments, guesses
from frmo.validators.property_rules import against_contract, against_reference, alike
from frmo.validators.property_run import Arguments, Broken, Budget, Fault, sampled, search
from frmo.validators.stage import stage
from frmo.validators.subject import Result, Subject
from frmo.validators.values import shown

NAME = "python_properties"
_WIDTHS = {"near": NEAR, "edges": EDGES, "wide": WIDE}
_PROBES, _ANSWERED = 16, 0.75
_KEYS = ("tests", "reference", "target", "generated", "width", "examples", "seconds", "call_seconds")
_PAIRS = (
    ("encode", "decode"), ("compress", "decompress"), ("serialize", "deserialize"), ("encrypt", "decrypt"),
    ("dumps", "loads"), ("pack", "unpack"), ("escape", "unescape"), ("quote", "unquote"),
)  # fmt: skip


def check(subject: Subject) -> Result:
    """Findings of the given property tests, of the reference, and of generated properties."""
    given = Given(subject, NAME).only(*_KEYS)
    findings: list[Finding] = []
    checks = 0
    if tests := given.texts("tests"):
        result = python_tests.check(replace(subject, task=_with_tests(subject.task, tests)))
        findings += [replace(item, validator=NAME, level=5) for item in result.findings]
        checks += result.checks
    every = targets_of(subject)
    if given.raw("reference") is not None:
        return Result((*findings, *_compared(subject, given, every)), checks + 1)
    if given.raw("generated") is not False:
        for target in every:
            tried = _generated(subject, given, target)
            findings += tried or []
            checks += tried is not None
        for there, back in _round_trips(every):
            findings += _round_trip(subject, given, there, back)
            checks += 1
    return Result(tuple(findings), checks)


def _with_tests(task: Task, tests: tuple[str, ...]) -> Task:
    return replace(task, validation=replace(task.validation, tests=tests))


def _budget(given: Given) -> Budget:
    return Budget(int(given.number("examples", 150)), given.number("seconds", 10))


def _width(given: Given) -> int:
    name = given.text("width", "near")
    if name not in _WIDTHS:
        raise given.fault("width", f"{name!r} is none of {', '.join(_WIDTHS)}")
    return _WIDTHS[name]


def _compared(subject: Subject, given: Given, every: list[Target]) -> list[Finding]:
    """Agreement with the reference, on any input that this takes."""
    path, _, name = given.text("reference").partition(":")
    wanted = given.text("target", "").rpartition(":")[2] or name
    target = next((item for item in every if item.name == wanted), None)
    if target is None:
        return [Finding(NAME, 5, "missing", f"no changed file has the function {wanted!r}")]
    seconds = given.number("call_seconds", 1)
    work, base = stage(subject, "properties", tests=False).root, stage(subject, "reference", of_base=True).root
    with (
        Caller(subject, work, module_name(target.path), target.name, seconds) as mine,
        Caller(subject, base, module_name(path), name, seconds) as theirs,
    ):

        def attempt(args: Arguments) -> Fault | None:
            expected = theirs.call(args)
            return against_reference(mine.call(args), expected) if expected.kind == "value" else None

        inputs = _taken(target, theirs, (NEAR, WIDE) if given.raw("width") is None else (_width(given),))
        if inputs is None:
            return [Finding(NAME, 5, "unknown input", f"nothing shows what {wanted} takes", decides=False)]
        broken = search(attempt, inputs, _budget(given))
    return [_finding(subject, target, broken)] if broken else []


def _taken(target: Target, reference: Caller, widths: tuple[int, ...]) -> Strategy | None:
    """Inputs by what is shown; else of those kinds that the reference answers."""
    known = [inputs for width in widths if (inputs := arguments(target, width)) is not None]
    return st.one_of(*known) if known else _answered(target, reference)


def _answered(target: Target, reference: Caller) -> Strategy | None:
    found = []
    for inputs in guesses(target):
        samples = sampled(inputs, _PROBES)
        answered = sum(reference.call(args).kind == "value" for args in samples)
        if answered >= len(samples) * _ANSWERED:
            found.append(inputs)
    return st.one_of(*found) if found else None


def _generated(subject: Subject, given: Given, target: Target) -> list[Finding] | None:
    """The contract that is known of one function; None where nothing shows what it takes."""
    inputs = arguments(target, _width(given))
    if inputs is None or not target.examples:
        return None
    tree = stage(subject, "properties", tests=False).root
    with Caller(subject, tree, module_name(target.path), target.name, given.number("call_seconds", 1)) as caller:

        def attempt(args: Arguments) -> Fault | None:
            first = caller.call(args)
            fault = against_contract(target, first)
            if fault or first.kind != "value":
                return fault
            again = caller.call(args)
            same = again.kind == "value" and alike(first.value, again.value)
            return None if same else ("unstable", f"gives {shown(first.value, 80)}, then {shown(again.value, 80)}")

        broken = search(attempt, inputs, _budget(given))
    return [_finding(subject, target, broken)] if broken else []


def _round_trips(every: list[Target]) -> Iterator[tuple[Target, Target]]:
    """Functions whose names say that one undoes the other, both of one argument."""
    by_name = {target.name: target for target in every if len(target.parameters) == 1}
    for there, back in _PAIRS:
        for name, target in by_name.items():
            other = by_name.get(name.replace(there, back)) if there in name and back not in name else None
            if other is not None and other is not target:
                yield target, other


def _round_trip(subject: Subject, given: Given, there: Target, back: Target) -> list[Finding]:
    inputs = arguments(there, _width(given))
    if inputs is None:
        return []
    tree, seconds = stage(subject, "properties", tests=False).root, given.number("call_seconds", 1)
    with (
        Caller(subject, tree, module_name(there.path), there.name, seconds) as forth,
        Caller(subject, tree, module_name(back.path), back.name, seconds) as home,
    ):

        def attempt(args: Arguments) -> Fault | None:
            middle = forth.call(args)
            if middle.kind != "value":
                return None
            end = home.call([middle.value])
            start = list(args[0]) if isinstance(args[0], tuple) else args[0]
            if end.kind == "value" and alike(start, end.value):
                return None
            return "round trip", f"{back.name} of that gives {shown(end.value, 80)}"

        broken = search(attempt, inputs, _budget(given))
    return [_finding(subject, there, broken)] if broken else []


def _finding(subject: Subject, target: Target, broken: Broken) -> Finding:
    call = f"{target.name}({', '.join(map(shown, broken.args))})"
    line = f"from {module_name(target.path)} import {target.name}; print(repr({call}))"
    return Finding(
        NAME, 5, broken.code, f"{call} {broken.message}", path=target.path, line=target.line,
        excerpt=excerpt(subject.work, target.path, target.line), node=target.name,
        reproduce=f"python -c {json.dumps(line)}",
    )  # fmt: skip
