"""Level 3: the task's tests with pytest, as the base commit has them; without any named, no test may newly fail."""

import hashlib
import json
from collections.abc import Mapping

from frmo.errors import Fault, InputError
from frmo.model.verdict import Finding
from frmo.sandbox.program import WORKTREE
from frmo.validators.excerpt import excerpt
from frmo.validators.invocation import stopped
from frmo.validators.outcome import DIED, FAILED, PASSED, SKIPPED, Outcome, faults
from frmo.validators.pytest_run import PytestRun, run_tests
from frmo.validators.pytest_settings import PytestSettings, pytest_settings
from frmo.validators.result_cache import tree_digest
from frmo.validators.selection import Selection, select
from frmo.validators.stage import files_of
from frmo.validators.subject import Result, Subject
from frmo.validators.suspicion import suspicions, unproved

NAME = "python_tests"
_MESSAGE = 500


def check(subject: Subject) -> Result:
    """Findings of the named tests, or of every test that passed at the base and doesn't now.

    Raises InputError where the tests can't run for a reason that lies in the base commit or in the environment.
    """
    settings = pytest_settings(subject.base)
    selection = select(subject.task, subject.base, settings)
    if not selection.files:
        return Result(note="the base commit has no tests")
    sources = [file.source.decode("utf-8", "replace") for file in selection.files]
    spoken_of = "\n".join([str(subject.task.content), *sources])
    if not selection.named:
        return _regression(subject, selection, settings, spoken_of)
    done = run_tests(subject, selection, settings)
    _environment(subject, done)
    found = [*suspicions(done, spoken_of), *_named(subject, selection, done)]
    checks = max(sum(len(file.expected) for file in selection.files), len(done.own))
    if not checks and not found:
        paths = ", ".join(subject.task.validation.tests)
        raise InputError([Fault(subject.task.path, f"validation.tests: {paths} holds no test")])
    return Result(tuple(found), checks)


def _named(subject: Subject, selection: Selection, done: PytestRun) -> list[Finding]:
    """Every test of the named files must have been run, to its end, and must have passed."""
    broken = faults(done.records, "collect")
    files = {fault.node.partition("::")[0] for fault in broken}
    findings = [_failure(subject, fault, "collect") for fault in broken]
    ended = _ended(subject, done)
    findings += [_failure(subject, test) for test in done.own.values() if test.status == FAILED]
    findings += ended or unproved(done)
    for file in selection.files:
        seen = {test.function: test for test in done.own.values() if test.node.startswith(f"{file.path}::")}
        for item in file.expected:
            node = f"{file.path}::{item.name}"
            if node not in seen and not ended and file.path not in files:
                findings.append(_missing(node, "was not run"))
            elif node in seen and seen[node].status == SKIPPED and not item.may_skip:
                findings.append(_missing(node, "was skipped, though nothing in the test says so"))
    return findings


def _regression(subject: Subject, selection: Selection, settings: PytestSettings, spoken_of: str) -> Result:
    """Only tests that pass at the base count, and only where they don't any more."""
    before = _before(subject, selection, settings)
    good = {node for node, status in before.items() if status == PASSED}
    if not good:
        return Result(note="no test of the base commit passes there: nothing to compare with")
    done = run_tests(subject, selection, settings)
    findings = suspicions(done, spoken_of)
    broken = {fault.node.partition("::")[0]: fault for fault in faults(done.records, "collect")}
    findings += [_failure(subject, fault, "collect") for path, fault in broken.items() if _any_of(path, good)]
    ended = _ended(subject, done)
    findings += ended
    for node in sorted(good):
        test = done.tests.get(node)
        if test is not None and test.status == FAILED:
            findings.append(_failure(subject, test))
        elif (test is None or test.status == SKIPPED) and not ended and not _stopped_by(broken, node):
            findings.append(_missing(node, "passed before and was not run"))
    return Result(tuple(findings), len(good), f"regression: {len(good)} tests that passed before")


def _before(subject: Subject, selection: Selection, settings: PytestSettings) -> Mapping[str, str]:
    """Status of every test at the base commit, remembered by content."""
    facts = f"{subject.python.path}\0{subject.limits}\0{subject.sandbox.level}".encode()
    key = hashlib.sha256(facts + tree_digest(subject.base)).hexdigest()

    def make() -> bytes:
        done = run_tests(subject, selection, settings, of_base=True)
        return json.dumps({node: test.status for node, test in done.own.items()}).encode()

    statuses: dict[str, str] = json.loads(subject.remember(f"tests-{key}", make))
    return statuses


def _environment(subject: Subject, done: PytestRun) -> None:
    """Raise InputError for a module that the tests themselves want and that neither project nor interpreter has."""
    present = {path.removeprefix("src/").partition("/")[0].removesuffix(".py") for path in files_of(subject.work)}
    asked = " ".join((*subject.task.files, subject.task.title, subject.task.description))
    for fault in [*faults(done.records, "collect"), *done.tests.values()]:
        name = fault.missing.partition(".")[0]
        if name and fault.path not in subject.changed and name not in present and name not in asked:
            hint = f"{subject.python.path} -m pip install {name}"
            where = f"{fault.path}:{fault.line}" if fault.path else fault.node
            raise InputError([Fault(where, f"the tests need the module {name!r}, which is not installed", hint=hint)])


def _ended(subject: Subject, done: PytestRun) -> list[Finding]:
    """How the run itself went wrong, and in which test."""
    under_way = [test.node for test in done.own.values() if test.status == DIED]
    for fault in faults(done.records, "internal"):
        return [_failure(subject, fault, "internal")]
    if done.records.finished:
        if int(done.records.of("end")[0]["code"]) in (3, 4):
            said = done.records.ended.stderr.decode("utf-8", "replace").strip()[-_MESSAGE:]
            raise InputError([Fault(subject.task.path, f"pytest can't run the base commit's tests: {said}")])
        # Somebody ended the session (KeyboardInterrupt, pytest.exit), or kept tests from being reported.
        words = "began and was never reported"
        return [
            Finding(NAME, 3, "stopped", f"{node} {words}", node=node, reproduce=_reproduce(node))
            for node in under_way[:1]
        ]
    code, words = stopped(done.records.ended)
    node = under_way[-1] if under_way else ""
    place = f"in {node}" if node else "before a test began"
    return [Finding(NAME, 3, code, f"{words} ({place})", node=node, reproduce=_reproduce(node))]


def _failure(subject: Subject, test: Outcome, code: str = "") -> Finding:
    words = test.message.strip().replace(f"{WORKTREE}/", "")[:_MESSAGE]
    kind = "timeout" if test.late else code or ("assert" if test.exception == "AssertionError" else "error")
    return Finding(
        NAME, 3, kind, words or test.exception, exception=test.exception, path=test.path, line=test.line,
        excerpt=excerpt(subject.work if test.path in subject.changed else subject.base, test.path, test.line),
        node=test.node, reproduce=_reproduce(test.node),
    )  # fmt: skip


def _missing(node: str, words: str) -> Finding:
    return Finding(NAME, 3, "missing", f"{node} {words}", node=node, reproduce=_reproduce(node))


def _reproduce(node: str) -> str:
    return f'python -m pytest "{node}"' if "[" in node else f"python -m pytest {node}".strip()


def _any_of(path: str, nodes: set[str]) -> bool:
    return any(node == path or node.startswith((f"{path}::", f"{path}/")) for node in nodes)


def _stopped_by(broken: Mapping[str, Outcome], node: str) -> bool:
    return any(_any_of(path, {node}) for path in broken)
