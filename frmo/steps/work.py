"""Execute with tools: an agent works in a worktree of its own; each turn that changed a file is a commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from frmo.agents.exchange import Outcome, Place
from frmo.agents.programs import Installed, chosen, find_program
from frmo.errors import BudgetExceeded, CompletionFailed, SwitchedOff
from frmo.gateway.kinds import COMMAND
from frmo.model.completion import Completion
from frmo.model.protocol import Protocol
from frmo.model.state import State
from frmo.model.verdict import Finding
from frmo.steps.execute import executor_brief, failed, unchanged, unusable
from frmo.steps.walk import Answer, Walk
from frmo.steps.worktree import Changes, Worktree
from frmo.validators.interpreter import Interpreter, resolve

_MODEL = "frmo"  # what a program calls its model where the configuration names none
_PATH = "/usr/local/bin:/usr/bin:/bin"


def work(walk: Walk) -> None:
    """One attempt. What it left in the worktree counts, however the loop ended."""
    protocol = walk.protocol("executor")
    folder = walk.scratch / f"agent-{walk.state.step}"
    hand = Hand(
        walk, protocol, Worktree.export(walk, folder, [".git"] if walk.kind == COMMAND else []), start=walk.run.tip
    )
    python, program = _interpreter(walk), _program(walk)
    place = Place(
        folder=folder,
        turn=hand.turn,
        readonly=(*python.mounts, *(program.mounts if program else ())),
        env={"PATH": f"{python.path.parent}:{_PATH}", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    told = program.to_data(walk.profile.model or _MODEL) if program else None
    brief = replace(executor_brief(walk, protocol), turns=walk.profile.turns, program=told)
    try:
        answer = walk.ask(brief, place=place, transcripts=hand.transcripts)
    except (BudgetExceeded, SwitchedOff) as stop:
        hand.keep_account(f"stopped: {type(stop).__name__}")
        raise
    hand.completions = answer.outcome.completions
    if answer.outcome.provider_fault:
        hand.keep_account(f"stopped: {answer.outcome.code}")
        raise CompletionFailed(answer.outcome.code, answer.outcome.message, provider_fault=True)
    hand.finish(answer.outcome)


@dataclass
class Hand:
    """What the worker does while the agent works: commits turns, and keeps the account of what no commit has yet."""

    walk: Walk
    protocol: Protocol
    worktree: Worktree
    start: str
    transcripts: list[Mapping[str, Any]] = field(default_factory=list)
    completions: Sequence[Completion] = ()
    touched: set[str] = field(default_factory=set)
    _told: int = 0
    _written: int = 0

    def turn(self, what: str, completions: Sequence[Completion]) -> None:
        """A round of tools has ended: commit what it changed."""
        self.completions = completions
        changes = self.worktree.changes()
        if changes.kept:
            self.touched |= set(changes.kept)
            self._record(", ".join(sorted(changes.kept)), State.EXECUTING, changes, ran=what)

    def keep_account(self, what: str) -> None:
        """What was spent since the last commit, in one without files."""
        if len(self.completions) > self._told:
            self._record(what, State.EXECUTING, Changes({}))

    def finish(self, outcome: Outcome) -> None:
        """The attempt's last commit: on to validation when the tree differs from what it began with."""
        changes = self.worktree.changes()
        self.touched |= set(changes.kept)
        findings = [*changes.findings, *([] if outcome.output is not None else [_ended_badly(outcome)])]
        if not changes.kept and not self._changed():
            answer = self._answer(outcome)
            reason = unusable(answer) if outcome.output is None else _idle(outcome.output) or unchanged(answer)
            failed(self.walk, self.protocol, answer, [*changes.findings, reason])
            return
        self._record(
            ", ".join(sorted(self.touched)), State.VALIDATING, changes, findings=findings, outcome=outcome, unchanged=0
        )

    def _changed(self) -> bool:
        repo = self.walk.tools.workspace.repo
        return any(repo.entry(self.start, path) != repo.entry(self.walk.run.tip, path) for path in self.touched)

    def _record(
        self,
        what: str,
        to: State,
        changes: Changes,
        *,
        findings: Sequence[Finding] = (),
        outcome: Outcome | None = None,
        ran: str = "",
        **state: Any,  # noqa: ANN401  fields of RunState
    ) -> None:
        dropped = sorted({finding.path for finding in findings if finding.path})
        details = {"files": sorted(changes.kept), "dropped": dropped, "mode": "tools"}
        self.walk.record(
            "execute",
            what,
            to,
            answers=[self._answer(outcome)],
            protocol=self.protocol,
            role="executor",
            files=changes.kept,
            findings=findings,
            duration_s=outcome.duration_s if outcome else 0.0,
            details={**details, **({"ran": self.walk.tools.redactor.text(ran)} if ran else {}), **_ending(outcome)},
            **state,
        )

    def _answer(self, outcome: Outcome | None) -> Answer:
        """What the model said since the last commit."""
        new, transcripts = tuple(self.completions[self._told :]), tuple(self.transcripts[self._written :])
        self._told, self._written = len(self.completions), len(self.transcripts)
        return Answer(replace(outcome or Outcome({}), completions=new), transcripts)


def _interpreter(walk: Walk) -> Interpreter:
    """What `python` means in the agent's shell: the interpreter that its work will be judged with."""
    config, task = walk.tools.config, walk.task
    named = task.environment.python or walk.domain.environment.python or config.environment.python
    return resolve(named, walk.tools.workspace.root, task.path)


def _program(walk: Walk) -> Installed | None:
    """The coding-agent program of the `command` kind. Raises ProviderUnavailable when it isn't installed."""
    if walk.kind != COMMAND:
        return None
    profile = walk.profile
    return find_program(chosen(profile.program, profile.argv, profile.prompt), walk.tools.path)


def _ending(outcome: Outcome | None) -> dict[str, Any]:
    """How the loop ended, for the step's record."""
    if outcome is None or outcome.output is None:
        return {"ended": outcome.code} if outcome else {}
    said = {name: outcome.output[name] for name in ("turns", "exit", "report") if name in outcome.output}
    return {**said, "ended": "done" if outcome.output.get("done") else "exit" if "exit" in said else "turns"}


def _idle(output: Mapping[str, Any]) -> Finding | None:
    """A program that changed nothing: how it ended and its last words. None for a loop of our own."""
    if "exit" not in output:
        return None
    code = "no-change" if output["exit"] == 0 else "agent-exit"
    text = f"the program ended with code {output['exit']} and changed nothing"
    return Finding("executor", 1, code, text, excerpt=str(output.get("text", ""))[-2000:])


def _ended_badly(outcome: Outcome) -> Finding:
    """The loop broke off; what it left is judged all the same, so this only advises."""
    return Finding("executor", 1, outcome.code, outcome.message, excerpt=outcome.excerpt, decides=False)
