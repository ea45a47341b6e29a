"""Analyze: a swarm of analyzers, one fresh process per aspect, side by side; each answer is a commit of its own."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from typing import Any

from frmo.agents.brief import Brief
from frmo.errors import CompletionFailed
from frmo.model.protocol import Protocol
from frmo.model.state import State
from frmo.model.task import Task
from frmo.model.verdict import Finding
from frmo.schema.check import faults
from frmo.steps.sources import context_files, current_files
from frmo.steps.walk import Answer, Walk
from frmo.store.actions import action_ids

_SIMPLE_WORDS = 60


def aspects_of(walk: Walk) -> tuple[str, ...]:
    """Which aspects are looked at: what the task says, else the agent's profile, else the config; `auto` may say none."""
    wish = walk.task.swarm or walk.profile.swarm or walk.tools.config.swarm
    if wish == "off":
        return ()
    if wish == "auto":
        return () if is_simple(walk.task) else walk.domain.aspects
    return tuple(wish)


def is_simple(task: Task) -> bool:
    """One named file, nothing to read first and few words: a swarm would cost more than it finds."""
    words = len(f"{task.title} {task.description}".split())
    return len(task.files) == 1 and "*" not in task.files[0] and not task.context and words <= _SIMPLE_WORDS


def analyze(walk: Walk) -> None:
    """Ask every analyzer that has not answered yet. A crash, garbage or a lie is recorded, and left out by the plan.

    A fault of the provider is nobody's opinion: it raises CompletionFailed once the others' answers are committed.
    """
    done = {name.removesuffix(".json") for name in walk.run.recorded.facts("analysis")}
    missing = [aspect for aspect in aspects_of(walk) if aspect not in done]
    if not missing:
        return
    protocol = walk.protocol("analyzer")
    actions = action_ids(walk.tools.workspace, walk.state.base, walk.domain.name)
    base = _brief(walk, protocol, actions)
    with ThreadPoolExecutor(len(missing), thread_name_prefix="analyzer") as pool:
        asked = {
            pool.submit(walk.ask, replace(base, aspect=aspect, question=walk.domain.questions.get(aspect, ""))): aspect
            for aspect in missing
        }
        faults = []
        for future in as_completed(asked):
            answer = future.result()
            if answer.outcome.provider_fault:
                faults.append(answer.outcome)
            else:
                _record(walk, protocol, asked[future], answer, actions)
    if faults:
        raise CompletionFailed(faults[0].code, faults[0].message, provider_fault=True)


def _brief(walk: Walk, protocol: Protocol, actions: tuple[str, ...]) -> Brief:
    return Brief(
        task=walk.task,
        protocol=protocol,
        factors=walk.factors("analyzer"),
        current=current_files(walk),
        context=context_files(walk),
        actions=actions,
        schema=_reply_schema(actions),
    )


def _reply_schema(actions: tuple[str, ...]) -> dict[str, Any]:
    """What an analyzer must answer; the action is one of the taxonomy's."""
    text = {"type": "string"}
    opinion = {
        "type": "object",
        "properties": {
            "action": {"type": "string", "enum": list(actions)} if actions else text,
            "target": text,
            "choice": text,
            "why": text,
            "priority": {"type": "integer"},
        },
        "required": ["action", "target", "choice", "why", "priority"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"opinions": {"type": "array", "items": opinion}},
        "required": ["opinions"],
        "additionalProperties": False,
    }


def _record(walk: Walk, protocol: Protocol, aspect: str, answer: Answer, actions: tuple[str, ...]) -> None:
    """One commit: the opinions, or why this analyzer is left out."""
    reason = _reason(answer, actions)
    output: Mapping[str, Any] = answer.outcome.output or {}
    opinions = [] if reason else output["opinions"]
    findings = [_finding(aspect, answer, reason)] if reason else []
    walk.record(
        "analyze",
        f"{aspect}: " + (f"left out, {reason}" if reason else f"{len(opinions)} opinions"),
        State.ANALYZING,
        answers=[answer],
        protocol=protocol,
        role="analyzer",
        facts={f"analysis/{aspect}.json": {"aspect": aspect, "opinions": opinions, "left_out": reason}},
        findings=findings,
        duration_s=answer.outcome.duration_s,
        details={"aspect": aspect},
    )


def _reason(answer: Answer, actions: tuple[str, ...]) -> str:
    """Why an answer can't be used, or ''."""
    outcome = answer.outcome
    if outcome.output is None:
        return outcome.code
    data = {"aspect": "x", "left_out": "", **outcome.output}
    if faults("analysis", data, "analysis"):
        return "not-by-schema"
    opinions = outcome.output["opinions"]
    if opinions and not any(opinion["action"] in actions for opinion in opinions):
        return "only-unknown-actions"
    return ""


def _finding(aspect: str, answer: Answer, reason: str) -> Finding:
    outcome = answer.outcome
    return Finding(
        validator="analyzer",
        level=0,
        code=reason,
        message=outcome.message or f"the answer of the {aspect} analyzer can't be used: {reason}",
        excerpt=outcome.excerpt,
        node=aspect,
        decides=False,
    )
