"""Error records: findings of a step, numbered, masked, redacted and given their fingerprint."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from frmo.model.failure import ErrorRecord, fingerprint_of, masked_clause, signature_of
from frmo.model.state import RunState
from frmo.model.task import Task
from frmo.model.verdict import Finding

_MAX_TEXT = 4000


@dataclass(frozen=True)
class Scene:
    """Where findings were made: all that a record says besides the finding itself. `first`: number of the first record."""

    task: Task
    state: RunState
    stage: str
    step: int
    first: int
    role: str
    protocol: str
    agent: str
    domain: str
    sandbox: str
    operations: Sequence[tuple[str, str]] = ()


def records_of(findings: Iterable[Finding], scene: Scene, redact: Callable[[str], str]) -> tuple[ErrorRecord, ...]:
    """One record per finding, in order. `scene.operations`: (target path, action item) of the plan."""
    return tuple(_record(finding, number, scene, redact) for number, finding in enumerate(findings, start=scene.first))


def identifiers_of(task: Task) -> tuple[str, ...]:
    """Names that belong to the task, so that the same mistake in two tasks has one fingerprint."""
    names = [case.call.rpartition(":")[2] for case in task.validation.cases]
    for path in (*task.files, *task.validation.tests):
        names.append(path.rsplit("/", 1)[-1].split(".", 1)[0])
    return tuple(name for name in dict.fromkeys(names) if name.isidentifier())


def redacted(finding: Finding, redact: Callable[[str], str]) -> Finding:
    """`finding` without secrets, its texts cut to what a record holds: fingerprints are made of what is left."""
    return replace(
        finding,
        message=redact(finding.message)[:_MAX_TEXT],
        excerpt=redact(finding.excerpt)[:_MAX_TEXT],
        path=redact(finding.path),
        node=redact(finding.node),
        reproduce=redact(finding.reproduce),
    )


def _record(finding: Finding, number: int, scene: Scene, redact: Callable[[str], str]) -> ErrorRecord:
    finding = redacted(finding, redact)
    operation = _operation(finding, scene.operations)
    identifiers = identifiers_of(scene.task)
    signature = signature_of(finding, operation, identifiers)
    return ErrorRecord(
        task=scene.task.id,
        run=scene.state.run,
        number=number,
        attempt=scene.state.attempt,
        step=scene.step,
        stage=scene.stage,
        validator=finding.validator,
        level=finding.level,
        code=finding.code,
        operation=operation,
        exception=finding.exception,
        message=finding.message,
        masked=masked_clause(finding.message, identifiers),
        path=finding.path,
        line=finding.line,
        excerpt=finding.excerpt,
        node=finding.node,
        reproduce=finding.reproduce,
        decides=finding.decides,
        sandbox=scene.sandbox,
        domain=scene.domain,
        role=scene.role,
        protocol=scene.protocol,
        agent=scene.agent,
        signature=signature,
        fingerprint=fingerprint_of(signature),
    )


def _operation(finding: Finding, operations: Sequence[tuple[str, str]]) -> str:
    """The action item that touches the finding's file, else the plan's first, else none."""
    for target, action in operations:
        if finding.path and target == finding.path:
            return action
    return operations[0][1] if operations else ""
