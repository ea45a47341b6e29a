"""The ledger: one append-only branch that remembers every settled run, and what people said about it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from frmo.errors import GitError
from frmo.files.json_file import canonical
from frmo.model.config import Config
from frmo.model.names import LEDGER
from frmo.model.state import Tokens
from frmo.model.trailers import commit_message, step_trailers
from frmo.repo.repository import Change, FileChange, Graft, RefUpdate, Signature
from frmo.store.places import everywhere, find
from frmo.store.records import RunRecord
from frmo.store.runs import TaskRun
from frmo.store.workspace import Workspace

DECISIONS = ("accepted", "rejected")


@dataclass(frozen=True)
class Totals:
    """What a set of runs came to. `states`: how many ended in which state. `cost_usd` in US dollars."""

    runs: int
    states: Mapping[str, int]
    tokens: Tokens
    cost_usd: float
    duration_s: float


class Ledger:
    """The ledger of one workspace. Every writer may be one of many: each append is a compare-and-swap, tried again."""

    def __init__(self, workspace: Workspace, email: str = Config().email) -> None:
        self._workspace = workspace
        self._repo = workspace.repo
        self._email = email

    def tip(self) -> str | None:
        """The newest ledger commit; None when nothing has settled yet."""
        return self._repo.ref(LEDGER)

    def graft(self, run: TaskRun, now: float) -> str:
        """Append a settled run: one commit with two parents whose tree takes the run's folders as they are.

        Doing it twice is doing it once. Returns the ledger's tip that has the run.
        """
        repo, place = self._repo, run.place
        grafts: dict[str, Change] = {}
        for folder in (place.facts, place.errors):
            entry = repo.entry(run.tip, folder)
            if entry is not None:
                grafts[folder] = Graft(entry.oid)
        if place.facts not in grafts:
            raise GitError(f"{run.tip} holds no run {run.run} of {run.task}.")
        state = run.state
        trailers = step_trailers(task=run.task, run=run.run, step="settle", status=state.state, agent=state.agent)
        message = commit_message("ledger", f"{run.task} is {state.state}", trailers)
        return self._append(place.facts, grafts, message, now, (run.tip,))

    def review(self, task: str, run: int, decision: str, *, why: str, by: str, now: float) -> str:
        """Remember what a person decided about a settled run (`review.json`); the last word counts."""
        if decision not in DECISIONS:
            raise ValueError(f"a decision is one of {DECISIONS}, not {decision!r}")
        record = self.find(task, run)
        if record is None:
            raise GitError(f"Run {run} of {task} is not in the ledger, so nothing can be noted about it.")
        row = {"decision": decision, "why": why, "by": by, "at": now}
        old = record.review()
        if old and {**old, "at": now} == row:
            return record.at
        trailers = step_trailers(task=task, run=run, step="review", status=decision)
        message = commit_message("review", f"{task} {decision}", trailers, why)
        changes: dict[str, Change] = {f"{record.place.facts}/review.json": FileChange(canonical(row))}
        return self._append(None, changes, message, now, ())

    def find(self, task: str, run: int | None = None) -> RunRecord | None:
        """A settled run by the id of its task; `run` None: the latest."""
        tip = self.tip()
        place = find(self._repo, tip, self._workspace.prefix, task, run) if tip else None
        return RunRecord(self._repo, tip, place) if tip and place else None

    def runs(self, since: str = "") -> Iterator[RunRecord]:
        """Every settled run accepted on or after the UTC day `since` (yyyy-mm-dd), oldest day first."""
        tip = self.tip()
        if tip is not None:
            for place in everywhere(self._repo, tip, self._workspace.prefix, since):
                yield RunRecord(self._repo, tip, place)

    def totals(self, since: str = "") -> Totals:
        """Sums over `runs(since)`."""
        count, tokens, cost, duration = 0, Tokens(), 0.0, 0.0
        states: Counter[str] = Counter()
        for record in self.runs(since):
            state = record.state
            count += 1
            states[str(state.state)] += 1
            tokens, cost, duration = tokens + state.tokens, cost + state.cost_usd, duration + state.duration_s
        return Totals(count, dict(states), tokens, cost, duration)

    def join(self, other: str, now: float) -> str:
        """Take in another ledger's tip (`other`: a commit, from a remote or a bundle); the ledger's tip afterwards.

        Runs never share a path, so trees are joined without conflict; where both hold a review of one run, ours stays.
        """
        result = other

        def updates() -> list[RefUpdate] | None:
            nonlocal result
            tip = self.tip()
            if tip == other or (tip is not None and self._repo.is_ancestor(other, tip)):
                result = tip or other
                return None
            result = other if tip is None or self._repo.is_ancestor(tip, other) else self._joined(tip, other, now)
            return [RefUpdate(LEDGER, result, tip)]

        self._repo.swap_with_retry(updates, "frmo: join ledgers")
        return result

    def extend(
        self, build: Callable[[str], Mapping[str, Change] | None], message: str, now: float, parents: Sequence[str] = ()
    ) -> str:
        """Append one commit with what `build(tip)` gives for the ledger's present tip; None: nothing to do.

        `build` is called again after each lost race, so what it decides from the tip holds. `parents`: commits that the
        ledger is to keep reachable. Returns the tip afterwards.
        """
        result = ""

        def updates() -> list[RefUpdate] | None:
            nonlocal result
            tip = self.tip()
            base = tip or self._root()
            changes = build(base)
            if changes is None:
                result = base
                return None
            tree = self._repo.edit_tree(base, changes)
            result = self._repo.commit(tree, [base, *parents], message, self._signature(now))
            return [RefUpdate(LEDGER, result, tip)]

        self._repo.swap_with_retry(updates, "frmo: ledger")
        return result

    def _append(
        self, unless: str | None, changes: Mapping[str, Change], message: str, now: float, more_parents: tuple[str, ...]
    ) -> str:
        """One commit on the ledger with `changes`, unless the path `unless` is there already; the tip that has it."""
        result = ""

        def updates() -> list[RefUpdate] | None:
            nonlocal result
            tip = self.tip()
            if tip is not None and unless is not None and self._repo.entry(tip, unless) is not None:
                result = tip
                return None
            base = tip or self._root()
            tree = self._repo.edit_tree(base, changes)
            result = self._repo.commit(tree, [base, *more_parents], message, self._signature(now))
            return [RefUpdate(LEDGER, result, tip)]

        self._repo.swap_with_retry(updates, "frmo: ledger")
        return result

    def _joined(self, tip: str, other: str, now: float) -> str:
        """Merge commit of two ledgers. Folders of whole runs are taken, so it costs what the other has more."""
        have = {place.facts for place in everywhere(self._repo, tip, self._workspace.prefix)}
        changes: dict[str, Change] = {}
        for place in everywhere(self._repo, other, self._workspace.prefix):
            for folder in (place.facts, place.errors) if place.facts not in have else ():
                entry = self._repo.entry(other, folder)
                if entry is not None:
                    changes[folder] = Graft(entry.oid)
            review = f"{place.facts}/review.json"
            found = self._repo.entry(other, review)
            if place.facts in have and found is not None and self._repo.entry(tip, review) is None:
                changes[review] = Graft(found.oid, found.mode)
        tree = self._repo.edit_tree(tip, changes)
        message = commit_message("ledger", "join ledgers", [("skip-checks", "true")])
        return self._repo.commit(tree, [tip, other], message, self._signature(now))

    def _root(self) -> str:
        """The first commit of every ledger: the same bytes everywhere, so that ledgers of one project share it."""
        message = commit_message("ledger", "begin", [("skip-checks", "true")])
        return self._repo.commit(
            self._repo.edit_tree(None, {}), [], message, Signature("frmo ledger", "frmo@localhost", 0)
        )

    def _signature(self, now: float) -> Signature:
        return Signature("frmo ledger", self._email, now)
