"""One run's branch, commit by commit: read for what must hold of each step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from frmo.errors import GitError
from frmo.files import formats
from frmo.model.audit import Judgement, Step, breaches
from frmo.model.branch_gate import Ground
from frmo.model.failure import ErrorRecord
from frmo.model.names import task_id
from frmo.model.state import RunState
from frmo.model.task import Task
from frmo.repo.repository import CommitInfo, Repository
from frmo.steps.records import identifiers_of
from frmo.steps.validate import asked_of
from frmo.store.branch_gate import commit_refusals, ground_of
from frmo.store.config import load_config
from frmo.store.domains import load_domain
from frmo.store.places import RunPlace
from frmo.store.records import RunRecord
from frmo.store.rules import faults_between
from frmo.store.workspace import Workspace


@dataclass(frozen=True, eq=False)
class RunChain:
    """A run from its base to `tip`. `asked`: the level its task and domain ask for at the base. `commits`: oldest first."""

    tip: str
    base: str
    place: RunPlace
    task: Task
    asked: int
    ground: Ground
    commits: tuple[CommitInfo, ...]

    @classmethod
    def read(cls, workspace: Workspace, tip: str, place: RunPlace) -> "RunChain":
        """Raises GitError or InputError where the run can't be read from the clone."""
        record = RunRecord(workspace.repo, tip, place)
        task, base = record.accepted(), record.state.base
        config, _ = load_config(workspace, base)
        domain = load_domain(workspace, base, task.domain or config.domain)
        asked = asked_of(workspace.repo, base, task, domain)
        commits = tuple(reversed(list(_chain(workspace.repo, tip, base))))
        return cls(tip, base, place, task, asked, ground_of(workspace, record), commits)

    def at(self, workspace: Workspace, commit: str) -> RunRecord:
        """The run as one of its commits has it."""
        return RunRecord(workspace.repo, commit, self.place)


def step_breaches(workspace: Workspace, chain: RunChain, commit: CommitInfo) -> list[str]:
    """Everything that does not hold of one commit of a run."""
    repo = workspace.repo
    found = [f"{item.path} {item.why}".strip() for item in commit_refusals(repo, commit, chain.base, chain.ground)]
    if len(commit.parents) != 1:
        return found
    found += [str(fault) for fault in faults_between(workspace, commit.parents[0], commit.oid)]
    return found or [
        *_writers(chain.at(workspace, commit.oid)),
        *_beginning(workspace, chain, commit),
        *_step(workspace, chain, commit),
    ]


def validation_of(workspace: Workspace, chain: RunChain, commit: CommitInfo) -> dict[str, Any] | None:
    """The validation record that a commit added, or None."""
    record = chain.at(workspace, commit.oid)
    found: dict[str, Any] | None = record.fact(f"validation/{record.state.step:02d}.json")
    return found


def _step(workspace: Workspace, chain: RunChain, commit: CommitInfo) -> list[str]:
    repo, parent = workspace.repo, commit.parents[0]
    here = chain.at(workspace, commit.oid)
    before = chain.at(workspace, parent).state if parent != chain.base else None
    added = [item.path for item in repo.edits(parent, commit.oid) if item.before is None]
    facts = [path.removeprefix(f"{chain.place.facts}/") for path in added if path.startswith(f"{chain.place.facts}/")]
    steps = [name for name in facts if name.startswith("steps/")]
    if len(steps) != 1:
        return [f"adds {len(steps)} step records; a step adds one"]
    state, record = here.state, here.fact(steps[0])
    if steps[0] != f"steps/{state.step:02d}-{record['step']}.json":
        return [f"{steps[0]} is not the record of step {state.step}"]
    new = frozenset(path for path in added if path.startswith(f"{chain.place.errors}/"))
    step = Step(
        state=state,
        before=before,
        record=record,
        message=commit.message,
        author=commit.author.name,
        when=commit.author.when,
        errors=[row for row in here.errors() if f"{chain.place.errors}/{row.number:02d}.json" in new],
        judgement=_judgement(repo, chain, here, parent, before),
        own_names=identifiers_of(chain.task),
    )
    return list(breaches(step))


def _judgement(
    repo: Repository, chain: RunChain, here: RunRecord, parent: str, before: RunState | None
) -> Judgement | None:
    record = here.fact(f"validation/{here.state.step:02d}.json")
    if record is None:
        return None
    return Judgement(record, parent, repo.tree_oid(parent), chain.asked, _dropped(here, before))


def _dropped(here: RunRecord, before: RunState | None) -> Sequence[ErrorRecord]:
    attempt = before.attempt if before else 0
    return [row for row in here.errors() if row.attempt == attempt and row.stage == "execute" and row.decides]


def _beginning(workspace: Workspace, chain: RunChain, commit: CommitInfo) -> list[str]:
    """The run is of the task that its id names, as its file says."""
    if commit.parents[0] != chain.base:
        return []
    here = chain.at(workspace, commit.oid)
    said = here.fact("steps/01-accept.json")["details"]
    found = []
    if task_id(said["path"].removeprefix(workspace.prefix), said["content"]) != chain.place.task:
        found.append("the task's id is not that of its path and content")
    source = formats.parse(here.raw("task.yaml") or b"", said["path"])
    if not source.readable or source.data != said["content"]:
        found.append("task.yaml is not the task that was accepted")
    return found


def _writers(here: RunRecord) -> list[str]:
    """One writer at a time: who was followed by another never writes again."""
    steps = sorted(here.facts("steps").values(), key=lambda step: step["number"])
    nonces = [step["nonce"] for step in steps if step["nonce"]]
    turns = [nonce for place, nonce in enumerate(nonces) if place == 0 or nonces[place - 1] != nonce]
    return [] if len(set(turns)) == len(turns) else ["two writers took turns on this run"]


def _chain(repo: Repository, tip: str, base: str) -> Sequence[CommitInfo]:
    found = []
    for commit in repo.history(tip, stop=base):
        found.append(commit)
        if len(commit.parents) != 1:
            return found
    if not found:
        raise GitError(f"{tip[:12]} is the run's own base")
    return found
