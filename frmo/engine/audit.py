"""Verification of what frmo recorded, from the clone alone: the ledger, every run it or a branch holds, what people took."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from frmo.engine.audit_accepted import claim_breaches
from frmo.engine.audit_run import RunChain, step_breaches
from frmo.errors import FrmoError, UsageFault
from frmo.model.names import task_ref
from frmo.model.trailers import read_trailers
from frmo.repo.repository import CommitInfo, Repository
from frmo.store.ledger_rules import commit_faults, graft_of
from frmo.store.places import RunPlace, find
from frmo.store.register import ledger_tip
from frmo.store.workspace import Workspace

_BRANCHES = ("refs/heads/frmo/task/", "refs/heads/frmo/trial/", "refs/frmo/archive/")
_REVIEWS = "refs/heads/frmo/review/"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Breach:
    """What does not hold of one commit. `of`: the run or branch it belongs to."""

    commit: str
    of: str
    what: str

    def __str__(self) -> str:
        """As people read it."""
        return f"{self.commit[:12]} ({self.of}): {self.what}"


@dataclass(frozen=True)
class Audit:
    """`commits`: how many were looked at, `verdicts`: how many validations. Breaches: the oldest of each line first."""

    commits: int
    runs: int
    verdicts: int
    breaches: tuple[Breach, ...]
    chains: tuple[RunChain, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class _Item:
    """One commit to look at, and how."""

    commit: CommitInfo
    of: str
    check: Callable[[], Sequence[str]]
    run: RunChain | None = None


def audit(workspace: Workspace, revisions: Sequence[str] = (), progress: Progress = lambda _done, _all: None) -> Audit:
    """Re-derive everything recorded in `revisions` (`REV`, `A..B`, a task; none: ledger, branches and HEAD).

    A commit that can't be read is a breach as well. UsageFault for a revision that names nothing.
    """
    wanted = _wanted(workspace, revisions)
    items = [item for item in _items(workspace, revisions, wanted) if wanted is None or item.commit.oid in wanted]
    found: list[Breach] = []
    for count, item in enumerate(items, 1):
        found += [Breach(item.commit.oid, item.of, what) for what in _looked(item)]
        progress(count, len(items))
    chains = tuple(dict.fromkeys(item.run for item in items if item.run))
    verdicts = sum(_step_of(item) == "validate" for item in items if item.run)
    return Audit(len(items), len(chains), verdicts, tuple(found), chains)


def _looked(item: _Item) -> Sequence[str]:
    try:
        return item.check()
    except FrmoError as fault:
        return [str(fault)]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as fault:  # a record of another shape
        return [f"its records can't be read: {type(fault).__name__}: {fault}"]


def _step_of(item: _Item) -> str:
    return read_trailers(item.commit.message).get("Frmo-Step", [""])[0]


def _wanted(workspace: Workspace, revisions: Sequence[str]) -> frozenset[str] | None:
    """Commits of the ranges asked for; None: all."""
    if not revisions:
        return None
    found: set[str] = set()
    for revision in revisions:
        old, dots, new = revision.rpartition("..")
        stop = _commit(workspace, old) if dots and old else None
        tip = _commit(workspace, new or "HEAD")
        found |= {commit.oid for commit in workspace.repo.history(tip, first_parent=False, stop=stop)}
    return frozenset(found)


def _commit(workspace: Workspace, name: str) -> str:
    found = workspace.repo.ref(task_ref(name)) if "/" not in name and "~" not in name and "^" not in name else None
    found = found or workspace.repo.resolve(name)
    if found is None:
        raise UsageFault(f"{name} is no task and no revision of this repository")
    return found


def _items(workspace: Workspace, revisions: Sequence[str], wanted: frozenset[str] | None) -> Iterator[_Item]:
    """Every commit with the rules for it: by where it stands, never by what it says of itself.

    `wanted`: runs without any of these commits need not be read.
    """
    repo, seen = workspace.repo, set[str]()
    runs: dict[str, RunPlace | None] = {}
    tip = ledger_tip(workspace)
    for commit in _ledger(repo, tip) if tip else ():
        seen.add(commit.oid)
        yield _Item(commit, "ledger", lambda commit=commit: commit_faults(workspace, commit))  # type: ignore[misc]
        graft = graft_of(workspace, commit)
        if graft:
            runs.setdefault(graft.tip, graft.place)
        else:
            runs |= {parent: None for parent in commit.parents[1:] if parent not in runs}
    for prefix in _BRANCHES:
        runs |= {oid: None for _, oid in repo.refs(prefix) if oid not in runs}
    for end, place in runs.items():
        if end not in seen and (wanted is None or _touches(repo, end, wanted)):
            yield from _run(workspace, end, place, seen)
    yield from _peoples(workspace, revisions, seen)


def _ledger(repo: Repository, tip: str) -> list[CommitInfo]:
    """The ledger's own commits, oldest first: its first-parent line, and that of each ledger it joined."""
    lines, found = [tip], dict[str, CommitInfo]()
    while lines:
        for commit in repo.history(lines.pop()):
            if commit.oid in found:
                break
            found[commit.oid] = commit
            if commit.message.startswith("frmo(ledger): join"):
                lines += commit.parents[1:]
    return list(reversed(found.values()))


def _touches(repo: Repository, tip: str, wanted: frozenset[str]) -> bool:
    """True when one of `wanted` is on the part of the line to `tip` that says it is frmo's."""
    for commit in repo.history(tip):
        if commit.oid in wanted:
            return True
        if not commit.author.name.startswith("frmo "):
            return False
    return False


def _run(workspace: Workspace, tip: str, place: RunPlace | None, seen: set[str]) -> Iterator[_Item]:
    """The commits of one run, oldest first. `place` None: as its last commit says."""
    repo = workspace.repo
    said = read_trailers(repo.commit_info(tip).message)
    task, number = said.get("Frmo-Task", [""])[0], said.get("Frmo-Run", ["0"])[0]
    if place is None and number.isdecimal():
        place = find(repo, tip, workspace.prefix, task, int(number))
    if place is None:
        seen.add(tip)
        yield _Item(repo.commit_info(tip), "a branch of frmo", lambda: ["holds no run that it says it is"])
        return
    try:
        chain = RunChain.read(workspace, tip, place)
    except FrmoError as fault:
        why = str(fault)
        yield _Item(repo.commit_info(tip), place.task, lambda: [why])
        return
    for commit in chain.commits:
        if commit.oid not in seen:
            seen.add(commit.oid)
            yield _Item(commit, f"{place.task}, run {place.run}", lambda commit=commit: step_breaches(workspace, chain, commit), chain)  # type: ignore[misc]  # fmt: skip


def _peoples(workspace: Workspace, revisions: Sequence[str], seen: set[str]) -> Iterator[_Item]:
    """History that is nobody's run: what it claims to have from frmo must be so."""
    repo, head = workspace.repo, workspace.repo.head()
    tips = [_commit(workspace, name.rpartition("..")[2] or "HEAD") for name in revisions] or ([head] if head else [])
    tips += [oid for _, oid in repo.refs(_REVIEWS)]
    for tip in tips:
        for commit in reversed(list(repo.history(tip, first_parent=False))):
            if commit.oid not in seen:
                seen.add(commit.oid)
                yield _Item(commit, "history", lambda commit=commit: claim_breaches(workspace, commit))  # type: ignore[misc]
