"""Acceptance and rejection: a person's word on finished work. What HEAD has moved under is validated again first."""

import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from frmo.engine.opening import Surroundings, open_tools
from frmo.errors import RefMoved, UsageFault
from frmo.model.config import Config
from frmo.model.state import TERMINAL, State
from frmo.model.verdict import Verdict
from frmo.steps.validate import judged
from frmo.store.deliverable import Landing, decide, land, prepare, publish
from frmo.store.domains import load_domain
from frmo.store.ledger import Ledger
from frmo.store.runs import TaskRun
from frmo.store.workspace import Workspace

_TRIES = 3


@dataclass(frozen=True)
class Accepted:
    """What an acceptance made: the commit, the paths it touches, and the verdict on the merged tree if HEAD had moved."""

    task: str
    commit: str
    paths: tuple[str, ...]
    branch: str
    verdict: Verdict | None


def accept_task(
    workspace: Workspace, config: Config, task: str, around: Surroundings, *, unfinished: bool = False
) -> Accepted:
    """One commit with the deliverable on the current branch. Raises UsageFault when the merged tree doesn't pass."""
    for _ in range(_TRIES):
        landing = prepare(workspace, task, unfinished=unfinished)
        verdict = _judged_again(workspace, config, landing, around) if landing.moved and not unfinished else None
        try:
            commit = land(landing, around.now())
        except RefMoved:
            continue
        _remember(workspace, task, landing.run, around)
        return Accepted(task, commit, landing.paths, landing.branch.removeprefix("refs/heads/"), verdict)
    raise RefMoved("the current branch keeps moving; accept again when it rests")


def reject_task(workspace: Workspace, task: str, why: str, around: Surroundings) -> None:
    """Note in the ledger that the work was turned down, and why."""
    run = TaskRun.load(workspace, task)
    if run is not None and run.state.state not in TERMINAL:
        raise UsageFault(f"{task} is {run.state.state}; only finished work can be rejected")
    decide(workspace, task, "rejected", why=why, now=around.now())


def rejected(workspace: Workspace, task: str) -> bool:
    """True when a person's last word on the task's latest run was to turn it down."""
    record = Ledger(workspace).find(task)
    review = record.review() if record else None
    return review is not None and review["decision"] == "rejected"


def publish_review(workspace: Workspace, task: str, around: Surroundings) -> str:
    """Make `frmo/review/<id>`: what a pull request shows. Its commit."""
    return publish(workspace, task, around.now())


def _remember(workspace: Workspace, task: str, run: TaskRun, around: Surroundings) -> None:
    if run.state.settled:
        decide(workspace, task, "accepted", why="", now=around.now())


def _judged_again(workspace: Workspace, config: Config, landing: Landing, around: Surroundings) -> Verdict:
    """The verdict on the merged tree, by the tests that HEAD has now."""
    task = landing.run.recorded.accepted()
    domain = load_domain(workspace, landing.head, task.domain or config.domain)
    tools = open_tools(workspace, config, around)
    with tools.gateway, tempfile.TemporaryDirectory(prefix="frmo-") as folder:
        verdict, findings = judged(
            tools,
            task,
            domain,
            tree=landing.tree,
            base=landing.head,
            changed=landing.paths,
            scratch=Path(folder),
            bases=Path(folder, "bases"),
            cancel=threading.Event(),
        )
    if not verdict.passed and landing.run.state.state is State.COMPLETE:
        first = next((finding.message for finding in findings if finding.decides), "a level did not run")
        raise UsageFault(
            f"{landing.run.task} passed on its base, but not merged with what came to the branch since: {first}. "
            f"Nothing was changed; `frmo run --again {landing.run.task}` redoes it from here."
        )
    return verdict
