"""Execute: one attempt of an agent at the checklist; what it may change becomes a commit, what it may not, an error."""

from collections.abc import Mapping, Sequence
from typing import Any

from frmo.agents.brief import Brief
from frmo.errors import CompletionFailed
from frmo.model.protected import protected_patterns
from frmo.model.protocol import Protocol
from frmo.model.state import State
from frmo.model.trailers import one_line
from frmo.model.verdict import Finding
from frmo.steps.edits import sifted
from frmo.steps.sources import context_files, current_files
from frmo.steps.walk import Answer, Walk
from frmo.store.ledger import Ledger

STALLED_AFTER = 3


def execute(walk: Walk) -> None:
    """One attempt. A fault of the provider raises CompletionFailed and uses up nothing."""
    protocol = walk.protocol("executor")
    answer = walk.ask(executor_brief(walk, protocol))
    outcome = answer.outcome
    if outcome.provider_fault:
        raise CompletionFailed(outcome.code, outcome.message, provider_fault=True)
    if outcome.output is None:
        failed(walk, protocol, answer, [unusable(answer)])
        return
    kept, findings = _kept(walk, outcome.output)
    if not kept:
        failed(walk, protocol, answer, [*findings, unchanged(answer)])
        return
    walk.record(
        "execute",
        ", ".join(sorted(kept)),
        State.VALIDATING,
        answers=[answer],
        protocol=protocol,
        role="executor",
        files=kept,
        findings=findings,
        duration_s=outcome.duration_s,
        details={"files": sorted(kept), "dropped": sorted({finding.path for finding in findings})},
        unchanged=0,
    )


def executor_brief(walk: Walk, protocol: Protocol) -> Brief:
    """What the executor is told of an attempt."""
    plan = walk.run.recorded.fact("checklist.json")["items"]
    return Brief(
        task=walk.task,
        protocol=protocol,
        factors=walk.factors("executor", plan[0]["action"] if plan else ""),
        attempt=walk.state.attempt + (walk.state.run - 1) * walk.state.attempts_allowed,
        current=current_files(walk),
        context=context_files(walk),
        plan=plan if any(item["aspects"] for item in plan) else (),
        errors=_last_errors(walk),
    )


def _last_errors(walk: Walk) -> Sequence[str]:
    """What decided against the work so far, as the agent should read it: a person's word, then the last checks.

    An attempt that changed nothing was not checked: what the one before it was told still holds.
    """
    rows = [row for row in walk.run.recorded.errors() if row.decides]
    since = max((row.attempt for row in rows if row.stage == "validate"), default=walk.state.attempt - 1)
    told = [
        f"{row.path}:{row.line}: {row.message}" if row.line else row.message for row in rows if row.attempt >= since
    ]
    return [*_rejection(walk), *dict.fromkeys(told)]


def _rejection(walk: Walk) -> Sequence[str]:
    """Why a person turned down the run before this one."""
    if walk.state.run == 1:
        return ()
    record = Ledger(walk.tools.workspace).find(walk.task.id, walk.state.run - 1)
    review = record.review() if record else None
    return [f"A person rejected the last work: {review['why']}"] if review and review["decision"] == "rejected" else ()


def _kept(walk: Walk, output: Mapping[str, Any]) -> tuple[dict[str, bytes], list[Finding]]:
    """What may be committed and differs from the branch, and findings on the rest."""
    files = output.get("files")
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        return {}, [Finding("executor", 1, "garbage", "the agent's output holds no files")]
    config, workspace = walk.tools.config, walk.tools.workspace
    repo, tip = workspace.repo, walk.run.tip

    def mode_at(path: str) -> int | None:
        found = repo.entry(tip, path)
        return found.mode if found else None

    edits = sifted(files, walk.task, protected_patterns(workspace.prefix, config.protected), mode_at)
    changed = {path: data for path, data in edits.kept.items() if repo.read(tip, path) != data}
    return changed, list(edits.findings)


def failed(walk: Walk, protocol: Protocol, answer: Answer, findings: Sequence[Finding]) -> None:
    """An attempt that changed nothing is a failure; three in a row end the task."""
    state = walk.state
    unchanged = state.unchanged + 1
    reason = findings[0].message
    if unchanged >= STALLED_AFTER:
        to, reason = State.FAILED, f"stalled: {unchanged} attempts left the tree unchanged; last: {reason}"
    elif state.attempt >= state.attempts_allowed:
        to = State.FAILED
    else:
        to, reason = State.EXECUTING, ""
    earlier = _last_errors(walk)
    if reason and earlier:
        reason += f"; its checks still say: {one_line(earlier[0])}"
    walk.record(
        "execute",
        f"nothing changed: {findings[0].code}",
        to,
        answers=[answer],
        protocol=protocol,
        role="executor",
        findings=findings,
        duration_s=answer.outcome.duration_s,
        attempt=state.attempt if to is State.FAILED else state.attempt + 1,
        unchanged=unchanged,
        reason=reason,
    )


def unusable(answer: Answer) -> Finding:
    """The finding on an outcome without output."""
    outcome = answer.outcome
    return Finding("executor", 1, outcome.code, outcome.message, excerpt=outcome.excerpt)


def unchanged(answer: Answer) -> Finding:
    """The finding on an attempt that changed nothing."""
    text = answer.outcome.completions[-1].text if answer.outcome.completions else ""
    return Finding("executor", 1, "no-change", "the attempt left the tree unchanged", excerpt=text[:400])
