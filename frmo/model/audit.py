"""What must hold of one step of a run, re-derived from what its commit and the one before it say. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from frmo.model.failure import ErrorRecord, fingerprint_of, masked_clause
from frmo.model.state import TERMINAL, TRANSITIONS, RunState, State, Tokens
from frmo.model.trailers import commit_message, one_line, read_trailers, step_trailers
from frmo.model.verdict import Finding, Verdict, verdict_of

_FIXED = ("task", "run", "base", "attempts_allowed", "agent", "protocols")
_COUNTED = ("validator", "level", "code", "path", "line", "decides")


@dataclass(frozen=True)
class Judgement:
    """`validation/<nn>.json` of a step, and what it must fit: the commit judged, the level its task and domain ask for.

    `dropped`: what the attempt's execute step refused, which counts against it.
    """

    record: Mapping[str, Any]
    commit: str
    tree: str
    asked: int
    dropped: Sequence[ErrorRecord]


@dataclass(frozen=True)
class Step:
    """One commit of a run as read. `before`: the state it found, None at the first. `author`, `when`: of the commit.

    `record`: `steps/<nn>-<step>.json`. `errors`: the records it added. `own_names`: identifiers of the task, masked.
    """

    state: RunState
    before: RunState | None
    record: Mapping[str, Any]
    message: str
    author: str
    when: float
    errors: Sequence[ErrorRecord]
    judgement: Judgement | None
    own_names: Sequence[str]


def breaches(step: Step) -> Iterator[str]:
    """Everything that does not hold, in plain words; nothing for a step that frmo made."""
    yield from _move(step.before, step.state)
    yield from _sums(step)
    yield from _said(step)
    yield from _verdict(step)
    yield from _errors(step)


def _move(before: RunState | None, after: RunState) -> Iterator[str]:
    """The state machine: one version, one step, one legal move at a time."""
    if before is None:
        if (after.version, after.step, after.state, after.settled) != (1, 1, State.PENDING, False):
            yield "state: a run begins pending, with version 1 and step 1"
        return
    if after.version != before.version + 1 or after.step != before.step + 1:
        yield f"state: version {after.version}, step {after.step} after version {before.version}, step {before.step}"
    if after.state != before.state and after.state not in TRANSITIONS[before.state]:
        yield f"state: {before.state} can't become {after.state}"
    if before.settled or (before.state in TERMINAL and not after.settled):
        yield f"state: nothing but settling follows {before.state}"
    if after.settled and after.state not in TERMINAL:
        yield f"state: settled while {after.state}"
    if moved := [name for name in _FIXED if getattr(before, name) != getattr(after, name)]:
        yield f"state: {', '.join(moved)} changed within a run"
    if after.attempt not in (before.attempt, before.attempt + 1) or after.attempt > max(after.attempts_allowed, 1):
        yield f"state: attempt {after.attempt} of {after.attempts_allowed} after attempt {before.attempt}"


def _sums(step: Step) -> Iterator[str]:
    """Tokens, cost and time of the state are those before plus the step's own."""
    before, after, record = step.before, step.state, step.record
    tokens = Tokens(**record["tokens"]) if record["tokens"] else Tokens()
    was = (before.tokens, before.cost_usd, before.duration_s) if before else (Tokens(), 0.0, 0.0)
    if after.tokens != was[0] + tokens:
        yield "costs: the tokens do not add up"
    if abs(after.cost_usd - was[1] - record["cost_usd"]) > 1e-8:
        yield f"costs: {after.cost_usd} is not {was[1]} and {record['cost_usd']}"
    if abs(after.duration_s - was[2] - record["duration_s"]) > 0.002:
        yield "costs: the durations do not add up"


def _said(step: Step) -> Iterator[str]:
    """Record, commit message, author and time say the same."""
    record, state = step.record, step.state
    if (record["number"], record["version"], record["status"]) != (state.step, state.version, state.state):
        yield "step: its record does not fit the state"
    if step.author != f"frmo {record['role']}" or int(record["at"]) != int(step.when):
        yield f"author: {step.author} at {int(step.when)} is not who and when the step's record says"
    expected = step_trailers(
        task=state.task,
        run=state.run,
        step=record["step"],
        status=state.state,
        agent=record["agent"],
        protocol=record["protocol"],
        attempt=record["attempt"],
        tokens=Tokens(**record["tokens"]) if record["tokens"] else None,
        cost_usd=record["cost_usd"],
        duration_s=record["duration_s"],
        errors=[row.fingerprint for row in step.errors],
    )
    message = commit_message(record["step"], record["what"], expected)
    if step.message.split("\n", 1)[0] != message.split("\n", 1)[0]:
        yield f"message: the subject is not {one_line(message.split(chr(10), 1)[0], 120)!r}"
    here, there = read_trailers(step.message), read_trailers(message)
    for name in sorted({*here, *there}):
        if here.get(name) != there.get(name):
            yield f"message: {name} is {here.get(name)}, the step's record says {there.get(name)}"


def _verdict(step: Step) -> Iterator[str]:
    """A verdict is what a validation of the commit before came to, and is recomputed from levels and findings."""
    before, after, judgement = step.before, step.state, step.judgement
    completes = after.state is State.COMPLETE and (before is None or before.state is not State.COMPLETE)
    if judgement is None:
        if after.verdict != (before.verdict if before else None) or completes:
            yield "verdict: it changed without a validation"
        return
    record, verdict = judgement.record, Verdict.from_data(judgement.record["verdict"])
    if after.verdict != verdict:
        yield "verdict: state and validation record differ"
    if (record["commit"], record["tree"], record["base"]) != (judgement.commit, judgement.tree, after.base):
        yield "verdict: the validation is of another commit, tree or base"
    if before is None or record["attempt"] != before.attempt:
        yield "verdict: the validation is of another attempt"
    if verdict.passed != completes:
        yield f"verdict: {'passed' if verdict.passed else 'not passed'}, yet the run is {after.state}"
    findings = [Finding(**row) for row in record["findings"]]
    yield from _recomputed(verdict, findings, judgement)
    if [_counted(row) for row in step.errors] != [_counted(row) for row in findings[len(judgement.dropped) :]]:
        yield "verdict: findings and error records differ"


def _recomputed(verdict: Verdict, findings: Sequence[Finding], judgement: Judgement) -> Iterator[str]:
    count = len(judgement.dropped)
    if [(row.validator, row.code, row.path) for row in findings[:count]] != [
        (row.validator, row.code, row.path) for row in judgement.dropped
    ]:
        yield "verdict: what the attempt was refused is not counted against it"
    expected = verdict_of(verdict.levels, findings[count:], judgement.asked, verdict.sandbox)
    if count:
        expected = replace(expected, passed=False, level=0, errors=expected.errors + count)
    if expected != verdict:
        yield f"verdict: recomputed from its levels and findings it is {_shown(expected)}, recorded {_shown(verdict)}"
    failed = {row.level for row in findings[count:] if row.decides}
    if bool(failed) == all(item.passed for item in verdict.levels) or any(
        item.passed and item.level in failed for item in verdict.levels
    ):
        yield "verdict: a level passed against its findings, or failed without any"


def _errors(step: Step) -> Iterator[str]:
    """Each record belongs to this step, and its fingerprint is that of what it says."""
    for row in step.errors:
        kind = row.exception or row.code
        if (row.task, row.run, row.step) != (step.state.task, step.state.run, step.state.step):
            yield f"error {row.number}: is of another task, run or step"
        if row.masked != masked_clause(row.message, step.own_names):
            yield f"error {row.number}: the masked message is not that of its message"
        if row.signature != " | ".join((row.validator, row.operation, kind, row.masked)):
            yield f"error {row.number}: the signature is not made of what it says"
        if row.fingerprint != fingerprint_of(row.signature):
            yield f"error {row.number}: the fingerprint is not that of its signature"


def _counted(row: Finding | ErrorRecord) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in _COUNTED)


def _shown(verdict: Verdict) -> str:
    return f"{'passed' if verdict.passed else 'failed'} at {verdict.label()}, {verdict.errors} errors"
