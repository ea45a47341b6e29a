"""One task on its way: what every step is given, and how a step asks an agent and writes its commit."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from frmo.agents.brief import Brief
from frmo.agents.exchange import Outcome, Place, run_agent
from frmo.errors import Interrupted
from frmo.gateway.caller import Caller
from frmo.gateway.gateway import Gateway
from frmo.gateway.kinds import BY_CALLER, WITH_TOOLS
from frmo.gateway.redact import Redactor
from frmo.gateway.scripted import find
from frmo.model.config import AgentProfile, Config
from frmo.model.domain import Domain
from frmo.model.protocol import Protocol
from frmo.model.state import RunState, State, Tokens, moved
from frmo.model.task import Task
from frmo.model.trailers import one_line
from frmo.model.verdict import Finding
from frmo.repo.repository import FileChange
from frmo.sandbox.program import Sandbox
from frmo.steps.records import Scene, records_of
from frmo.store.protocols import load_protocol
from frmo.store.runs import StepNote, TaskRun
from frmo.store.workspace import Workspace
from frmo.validators.subject import Remember, forget


@dataclass(frozen=True)
class Tools:
    """What all walks of one worker share. `python`: interpreter of agent processes and of frmo's own checkers.

    `script`: data of the scripted kind. `remember`: cache of validation results. `now`: Unix seconds. `fresh`: no
    completion comes from the cache, as trials need it. `path`: the person's PATH, where agent programs are looked up.
    """

    workspace: Workspace
    config: Config
    gateway: Gateway
    sandbox: Sandbox
    python: Path
    redactor: Redactor
    now: Callable[[], float]
    script: Mapping[str, Any] = field(default_factory=dict)
    remember: Remember = forget
    notify: Callable[[str, str], None] = lambda _task, _text: None
    fresh: bool = False
    path: str = ""


@dataclass(frozen=True)
class Answer:
    """What an agent process came to, with the transcripts of its completions (redacted, JSON-able)."""

    outcome: Outcome
    transcripts: tuple[Mapping[str, Any], ...]

    @property
    def tokens(self) -> Tokens:
        """Tokens of all completions together."""
        return sum((completion.tokens for completion in self.outcome.completions), Tokens())

    @property
    def cost_usd(self) -> float:
        """Cost of all completions together, US dollars."""
        return sum(completion.cost_usd for completion in self.outcome.completions)

    @property
    def model(self) -> str:
        """The model that answered, or ''."""
        return self.outcome.completions[-1].model if self.outcome.completions else ""


@dataclass(frozen=True)
class Walk:
    """One task's run in the hands of one worker. `scratch`: a folder of its own, removed when the walk ends."""

    tools: Tools
    task: Task
    run: TaskRun
    domain: Domain
    kind: str
    scratch: Path
    cancel: threading.Event

    @property
    def state(self) -> RunState:
        """As the branch has it."""
        return self.run.state

    @property
    def profile(self) -> AgentProfile:
        """How this kind of agent is used here."""
        return self.tools.config.profile(self.kind)

    def protocol(self, role: str) -> Protocol:
        """The role's protocol at the run's base (in a trial: its arm's) commit: an agent can't have changed it."""
        profile = "tools" if role == "executor" and self.with_tools else self.profile.profile
        return load_protocol(self.tools.workspace, self.state.protocol_commit, role, profile)

    @property
    def with_tools(self) -> bool:
        """True when the executor works in a worktree, with tools or as a program, False when it gives one reply."""
        return (self.profile.mode or ("tools" if self.kind in WITH_TOOLS else "reply")) == "tools"

    def factors(self, role: str, operation: str = "") -> dict[str, str]:
        """What the scope of a checklist item may name."""
        return {"domain": self.domain.name, "role": role, "agent": self.kind, "operation": operation}

    def ask(
        self, brief: Brief, *, place: Place | None = None, transcripts: list[Mapping[str, Any]] | None = None
    ) -> Answer:
        """One fresh agent process for `brief`, its completions made by the gateway on this task's account.

        `place`: the worktree of an agent with tools. `transcripts`: gets the records as they come.
        """
        settings = brief.protocol.settings
        caller = Caller(
            task=self.task.id,
            role=brief.protocol.role,
            kind=self.kind,
            run=self.state.run,
            title=self.task.title,
            aspect=brief.aspect,
            attempt=max(1, self.state.attempt),
            model=self.task.model,
        )
        entry = find(self.tools.script, caller) if self.kind == "scripted" else None
        brief = replace(
            brief, process=(entry or {}).get("process"), context_chars=self._context_chars(settings.max_tokens)
        )
        transcripts = [] if transcripts is None else transcripts
        outcome = run_agent(
            brief,
            self.tools.sandbox,
            lambda request: self.tools.gateway.complete(
                request,
                caller,
                deadline_s=settings.deadline_s,
                cancel=self.cancel,
                sink=transcripts.append,
                use_cache=not self.tools.fresh and not {self.kind, self.profile.via} & BY_CALLER,
            ),
            self.cancel,
            python=self.tools.python,
            place=place,
        )
        return Answer(outcome, tuple(transcripts))

    def record(
        self,
        step: str,
        what: str,
        to: State,
        *,
        answers: Sequence[Answer] = (),
        protocol: Protocol | None = None,
        role: str = "worker",
        files: Mapping[str, bytes | FileChange | None] | None = None,
        facts: Mapping[str, Any] | None = None,
        findings: Iterable[Finding] = (),
        duration_s: float = 0.0,
        details: Mapping[str, Any] | None = None,
        **changes: Any,  # noqa: ANN401  fields of RunState
    ) -> None:
        """The commit of one step: the new state, what the step made, its errors with fingerprints, what it cost.

        Raises Interrupted when the walk was cancelled: half-made work is no step.
        """
        if self.cancel.is_set():
            raise Interrupted("stopped before the step was recorded")
        before, number, redactor = self.state, self.state.step + 1, self.tools.redactor
        if "reason" in changes:
            changes["reason"] = redactor.text(str(changes["reason"]))
        tokens = sum((answer.tokens for answer in answers), Tokens())
        cost = sum(answer.cost_usd for answer in answers)
        agent = f"{self.kind} {answers[-1].model}".strip() if answers else ""
        scene = Scene(
            task=self.task,
            state=before,
            stage=step,
            step=number,
            first=self.errors_so_far() + 1,
            role=role,
            protocol=protocol.name if protocol else "",
            agent=agent,
            domain=self.domain.name,
            sandbox=self.tools.sandbox.level,
            operations=self.operations(),
        )
        state = moved(
            before,
            to,
            step=number,
            tokens=before.tokens + tokens,
            cost_usd=round(before.cost_usd + cost, 9),
            duration_s=round(before.duration_s + duration_s, 3),
            **changes,
        )
        note = StepNote(
            step=step,
            what=redactor.text(what),
            now=self.tools.now(),
            role=role,
            agent=agent,
            protocol=protocol.name if protocol else "",
            attempt=before.attempt or state.attempt,
            tokens=tokens if answers else None,
            cost_usd=cost,
            duration_s=duration_s,
            details=redactor.data({"sandbox": self.tools.sandbox.level, **_counted(answers), **(details or {})}),
        )
        transcripts = [item for answer in answers for item in answer.transcripts]
        self.run.record(
            note,
            state,
            files={_clean_path(path, redactor): _change(content, redactor) for path, content in (files or {}).items()},
            facts=redactor.data({**_numbered(transcripts, number), **(facts or {})}),
            errors=records_of(findings, scene, redactor.text),
        )
        self.tools.notify(self.task.id, redactor.text(f"{step}: {one_line(what)}"))

    def errors_so_far(self) -> int:
        """How many error records this run has."""
        return self.run.recorded.error_count()

    def operations(self) -> tuple[tuple[str, str], ...]:
        """(target, action item) of the plan, in its order; empty before the plan."""
        plan = self.run.recorded.fact("checklist.json")
        return tuple((item["target"], item["action"]) for item in plan["items"]) if plan else ()

    def _context_chars(self, max_tokens: int) -> int | None:
        """Room for the prompt, in characters, when the kind's context is short."""
        context = self.profile.context_tokens
        return max(600, (context - max_tokens) * 3) if context else None


def _change(content: bytes | FileChange | None, redactor: Redactor) -> FileChange | None:
    """A file as it is committed: never with the value of a configured secret in it."""
    change = FileChange(content) if isinstance(content, bytes) else content
    return replace(change, content=redactor.content(change.content)) if change else None


def _clean_path(path: str, redactor: Redactor) -> str:
    return redactor.content(path.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def _counted(answers: Sequence[Answer]) -> dict[str, int]:
    """How many completions a step used, and how many of them the cache gave."""
    completions = [completion for answer in answers for completion in answer.outcome.completions]
    cached = sum(completion.cached for completion in completions)
    return {"completions": len(completions), "cached": cached} if answers else {}


def _numbered(transcripts: Sequence[Mapping[str, Any]], step: int) -> dict[str, Any]:
    """`transcripts/<step>.json`, or `<step>-<n>.json` where a step made several completions."""
    if len(transcripts) == 1:
        return {f"transcripts/{step:02d}.json": transcripts[0]}
    return {f"transcripts/{step:02d}-{n:02d}.json": item for n, item in enumerate(transcripts, 1)}
