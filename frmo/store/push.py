"""What a push may bring to frmo's branches, as the repository that receives it sees it: hooks/pre-receive."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from frmo.errors import FrmoError
from frmo.model.branch_gate import Ground
from frmo.model.names import ID, LEDGER
from frmo.store.branch_gate import ground, ground_of, refusals
from frmo.store.config import load_config
from frmo.store.ledger_rules import ledger_faults
from frmo.store.places import find
from frmo.store.records import RunRecord
from frmo.store.workspace import Workspace

_TASKS, _TRIALS, _REVIEWS = "refs/heads/frmo/task/", "refs/heads/frmo/trial/", "refs/heads/frmo/review/"
_NOBODYS = (_TASKS, _TRIALS, _REVIEWS, LEDGER)


@dataclass(frozen=True)
class Pushed:
    """One ref of a push. `old` and `new`: oids; None where the ref is made or deleted."""

    ref: str
    old: str | None
    new: str | None


def push_from(line: str) -> Pushed:
    """One line that git gives a pre-receive hook: `<old> <new> <ref>`. Raises ValueError when it is none."""
    old, new, ref = line.split(" ", 2)
    return Pushed(ref, *(None if not oid.strip("0") else oid for oid in (old, new)))


def push_faults(workspace: Workspace, pushed: Sequence[Pushed]) -> list[str]:
    """Why the push is refused: every reason, the ref in front. Other people's branches are nobody's business here."""
    found = []
    for item in pushed:
        if item.ref.startswith(_NOBODYS):
            try:
                found += [f"{item.ref}: {why}" for why in _faults(workspace, item, pushed)]
            except FrmoError as fault:
                found.append(f"{item.ref}: {fault}")
    return found


def _faults(workspace: Workspace, item: Pushed, pushed: Sequence[Pushed]) -> Iterator[str]:
    if item.ref == LEDGER:
        yield from _ledger(workspace, item)
    elif item.new is not None:
        base, rules = _branch(workspace, item, item.new)
        if not _is_ours(workspace, base, pushed):
            yield f"its base {base[:12]} is on no branch of people: push that first"
        yield from map(str, refusals(workspace, item.new, base, rules))


def _ledger(workspace: Workspace, item: Pushed) -> Iterator[str]:
    if item.new is None:
        yield "the ledger is never deleted"
    elif item.old is not None and not workspace.repo.is_ancestor(item.old, item.new):
        yield "the ledger is only ever added to; fetch it, `frmo run` joins it, then push again"
    else:
        yield from (f"commit {oid[:12]}: {why}" for oid, why in ledger_faults(workspace, item.new, item.old))


def _branch(workspace: Workspace, item: Pushed, tip: str) -> tuple[str, Ground]:
    """Base of a pushed branch, and the rules for it."""
    repo, task = workspace.repo, item.ref.rsplit("/", 1)[1]
    if item.ref.startswith(_REVIEWS):
        config, _ = load_config(workspace)
        parents = repo.commit_info(tip).parents
        return parents[0] if len(parents) == 1 else "nothing", ground(workspace.prefix, None, config.protected)
    place = find(repo, tip, workspace.prefix, task) if ID.fullmatch(task) else None
    if place is None:
        raise FrmoError(f"holds no run of {task}")
    record = RunRecord(repo, tip, place)
    return record.state.base, ground_of(workspace, record)


def _is_ours(workspace: Workspace, base: str, pushed: Sequence[Pushed]) -> bool:
    """True when the base is on a branch of people, here or in this push: what an agent made is nobody's base."""
    repo = workspace.repo
    tips = [oid for name, oid in repo.refs("refs/heads/") if not name.startswith(_NOBODYS)]
    tips += [
        item.new
        for item in pushed
        if item.new and item.ref.startswith("refs/heads/") and not item.ref.startswith(_NOBODYS)
    ]
    return any(repo.is_ancestor(base, tip) for tip in tips)
