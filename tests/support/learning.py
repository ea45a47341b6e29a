"""A workspace with a past: settled runs on the ledger whose errors recur, and the scripts of agents that make them."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from frmo.learn.enrolment import Terms
from frmo.learn.replay import Replay, Replayed
from frmo.learn.round import Lab
from frmo.learn.running import Track
from frmo.learn.scribe import Scribe
from frmo.model.failure import ErrorRecord, fingerprint_of, masked_clause, signature_of
from frmo.model.names import task_id
from frmo.model.split import Side, side
from frmo.model.state import RunState, State, Tokens, moved
from frmo.model.task import task_from_mapping
from frmo.model.verdict import Finding, LevelResult, verdict_of
from frmo.store.ledger import Ledger
from frmo.store.runs import StepNote, TaskRun
from frmo.store.workspace import Workspace
from support.cli import Said, frmo
from support.project import configure, executor, script

ACTION = "python.function.write.implement"
TALK = Finding("executor", 1, "no-code-block", "the reply holds no fenced block")
FINGERPRINT = fingerprint_of(signature_of(TALK, ACTION))
# Talk after bare code: no fenced block for the contract `block`; whole definitions for the contract `definitions`.
TALKING = executor("def f(n):\n    return n\n\nHope this helps, have a nice day!", task="Talk*")
FENCED = executor("```python\ndef f(n):\n    return n\n```\n")
NOW = 1_790_000_000.0


def learn(
    folder: Path, *args: str, replies: Sequence[Mapping[str, Any]] = (TALKING, FENCED), rules: bool = True
) -> Said:
    """One `frmo learn --json` with scripted agents."""
    options = [*(["--rules"] if rules else []), "-j", "1", "--json", *args]
    return frmo("learn", "--agent", "scripted", "--script", script(folder, *replies), *options, at=folder)


def whats(said: Said) -> list[str]:
    """What happened, in order."""
    return [item["what"] for item in said.data["happened"]]


def names(where: Side, number: int, word: str) -> list[str]:
    """Names of `number` tasks on one side."""
    found = (f"{word}-{place}" for place in count())
    return [name for name, _ in zip((name for name in found if side(name) is where), range(number), strict=False)]


def content(name: str, **more: object) -> dict[str, object]:
    """A task that is judged at level 1; those called `talk-…` are answered with talk."""
    title = f"Talk about number {name}" if name.startswith("talk") else f"Write down {name}"
    path = f"kit/{name.replace('-', '_').replace('/', '_')}.py"
    return {"title": title, "files": [path], "validation": {"level": 1}, **more}


def settle(workspace: Workspace, name: str, *, error: bool, at: float = NOW, run: int = 1, **more: object) -> TaskRun:
    """One settled run on the ledger, as the walk would leave it."""
    data = content(name, **more)
    path = workspace.path(f"tasks/{name}.yaml")
    task = task_from_mapping(task_id(path, data), path, data)
    head = workspace.repo.head()
    assert head
    state = RunState(task=task.id, run=run, base=head, step=1, attempts_allowed=1, agent="scripted")
    made = TaskRun.accept(workspace, task, state, StepNote("accept", task.title, at), source=b"title: x\n")
    state = moved(made.state, State.EXECUTING, step=2, attempt=1, tokens=Tokens(10, 5), cost_usd=0.001)
    plan = {"items": [{"action": ACTION, "target": task.files[0], "aspects": []}], "conflicts": [], "left_out": {}}
    made.record(StepNote("plan", "1 action items", at), state, facts={"checklist.json": plan})
    to = State.FAILED if error else State.VALIDATING
    state = moved(made.state, to, step=3)
    made.record(StepNote("execute", "x", at), state, errors=[_error(made, task.id)] if error else [])
    if not error:
        made.record(StepNote("validate", "passed", at), moved(made.state, State.COMPLETE, step=4))
    state = replace(moved(made.state, made.state.state, step=made.state.step + 1), settled=True)
    made.record(StepNote("settle", "done", at), state)
    Ledger(workspace).graft(made, at)
    return made


def past(
    folder: Path, talking: tuple[int, int, int] = (6, 3, 9), others: tuple[int, int, int] = (10, 5, 4)
) -> Workspace:
    """A workspace whose tasks called `talk-…` failed and others didn't; counts for mining, replication and held-out."""
    configure(folder, agent="scripted", agents={"scripted": {"profile": "small", "swarm": "off"}})
    workspace = Workspace.open(folder)
    for word, counts, error in (("talk", talking, True), ("plain", others, False)):
        for where, number in zip((Side.MINING, Side.REPLICATION, Side.HELD_OUT), counts, strict=True):
            for name in names(where, number, word):
                settle(workspace, name, error=error)
    return workspace


def _error(run: TaskRun, task: str) -> ErrorRecord:
    return ErrorRecord(
        task=task, run=run.run, number=1, attempt=1, step=3, stage="execute", validator=TALK.validator, level=1,
        code=TALK.code, operation=ACTION, exception="", message=TALK.message, masked=masked_clause(TALK.message), path="",
        line=0, excerpt="def f", node="", reproduce="", decides=True, sandbox="full", domain="python", role="executor",
        protocol="", agent="scripted", signature=signature_of(TALK, ACTION), fingerprint=FINGERPRINT,
    )  # fmt: skip


class Simulated:
    """Runs tasks without any agent: `passes(replay)` says how a run ends; what it leaves are real commits on real branches.

    `passes` may also give a `Replayed`, such as a fault. `ran`: every run made, in order.
    """

    def __init__(self, workspace: Workspace, passes: Callable[[Replay], bool | Replayed]) -> None:
        self.ran: list[Replay] = []
        self._workspace = workspace
        self._passes = passes

    def __call__(self, replay: Replay, _cancel: threading.Event) -> Replayed:
        found = TaskRun.load(self._workspace, replay.task, ref=replay.ref)
        if found is not None and found.run == replay.number and found.state.settled:
            return Replayed(tip=found.tip)
        said = self._passes(replay)
        self.ran.append(replay)
        return said if isinstance(said, Replayed) else Replayed(tip=self._settled(replay, said))

    def _settled(self, replay: Replay, passed: bool) -> str:
        record = Ledger(self._workspace).find(replay.task)
        assert record is not None
        state = RunState(replay.task, replay.number, replay.base, step=1, agent="scripted", protocols=replay.protocols)
        note = StepNote("accept", "x", NOW)
        made = TaskRun.accept(self._workspace, record.accepted(), state, note, source=b"title: x\n", ref=replay.ref)
        state = moved(made.state, State.EXECUTING, step=2, attempt=1, tokens=Tokens(10, 5), cost_usd=0.001)
        made.record(StepNote("execute", "x", NOW), state)
        if not passed:
            made.record(
                StepNote("execute", "x", NOW),
                moved(made.state, State.FAILED, step=3),
                errors=[_error(made, replay.task)],
            )
        else:
            made.record(StepNote("execute", "x", NOW), moved(made.state, State.VALIDATING, step=3))
            verdict = verdict_of([LevelResult(1, True, 1, 0.0, ("python_syntax",))], [], 1, "full")
            fact = {"verdict": verdict.to_data()}
            state = moved(made.state, State.COMPLETE, step=4, verdict=verdict)
            made.record(StepNote("validate", "x", NOW), state, facts={"validation/04.json": fact})
        state = replace(moved(made.state, made.state.state, step=made.state.step + 1), settled=True)
        return made.record(StepNote("settle", "x", NOW), state)


def lab(workspace: Workspace, replay: Simulated, **track: Any) -> Lab:
    """A laboratory whose runs are simulated."""
    scribe = Scribe(workspace, "frmo@localhost", track.pop("now", lambda: NOW + 1000))
    profile = track.pop("profile", "small")
    return Lab(Track(scribe, replay, threading.Event(), **track), Terms("scripted", profile, {"attempts": 1}))


def cures(workspace: Workspace) -> Callable[[Replay], bool]:
    """An agent that talks in tasks called talk-… unless its protocol cuts to definitions; it never fails otherwise."""

    def passes(replay: Replay) -> bool:
        path = "protocols/executor/checklist/cut-to-definitions.yaml"
        return not replay.task.startswith("talk") or workspace.committed(path, replay.protocols) is not None

    return passes
