"""The ledger: one append-only branch that remembers every settled run, and what people said about it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from frmo.errors import GitError
from frmo.files.json_file import canonical
from frmo.model.config import Config
from frmo.model.names import LEDGER
from frmo.model.state import Tokens
from frmo.model.trailers import commit_message, step_trailers
from frmo.repo.repository import Change, FileChange, Graft, RefUpdate, Repository, Signature
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


class _Settled:
    """A run on its way into the ledger. `folders`: of its tree, path to oid. Raises GitError where there are none."""

    def __init__(self, run: TaskRun, now: float) -> None:
        self.run, self.now = run, now
        repo, place = run.workspace.repo, run.place
        found = {folder: repo.entry(run.tip, folder) for folder in (place.facts, place.errors)}
        self.folders = {folder: entry.oid for folder, entry in found.items() if entry is not None}
        if place.facts not in self.folders:
            raise GitError(f"{run.tip} holds no run {run.run} of {run.task}.")


class _Queue:
    """Threads that want the ledger's ref moved: the one whose turn it is takes along all who wait."""

    def __init__(self) -> None:
        self._turn, self._note = threading.Lock(), threading.Lock()
        self._waiting: list[_Settled] = []
        self._done: dict[_Settled, str] = {}

    def graft(self, item: _Settled, graft_all: Callable[[Sequence[_Settled]], str]) -> str:
        """The tip that has `item`. What fails for the one whose turn it is, is tried again by the others."""
        with self._note:
            self._waiting.append(item)
        with self._turn:
            if item not in self._done:
                with self._note:
                    batch, self._waiting = self._waiting, []
                try:
                    tip = graft_all(batch or [item])
                except BaseException:
                    with self._note:
                        self._waiting += [other for other in batch if other is not item]
                    raise
                self._done |= dict.fromkeys(batch, tip)
            return self._done.pop(item)


_QUEUES: "WeakKeyDictionary[Repository, _Queue]" = WeakKeyDictionary()


class Ledger:
    """The ledger of one workspace. Every writer may be one of many: each append is a compare-and-swap, tried again."""

    def __init__(self, workspace: Workspace, email: str = Config().email) -> None:
        self._workspace = workspace
        self._repo = workspace.repo
        self._email = email
        self._queue = _QUEUES.setdefault(workspace.repo, _Queue())

    def tip(self) -> str | None:
        """The newest ledger commit, here or where a fresh clone has it, at its remote; None when nothing has settled."""
        return self._repo.ref(LEDGER) or self._fetched()

    def fetch(self, now: float) -> bool:
        """Bring the ledger of the usual remote and join it with ours; False without a remote that has one.

        Raises GitError when the remote can't be reached.
        """
        remote = self._repo.remote()
        other = self._repo.fetch(remote, LEDGER) if remote else None
        if other is not None:
            self.join(other, now)
        return other is not None

    def graft(self, run: TaskRun, now: float) -> str:
        """Append a settled run: one commit with two parents whose tree takes the run's folders as they are.

        Doing it twice is doing it once. Threads that come while another moves the ledger's ref are taken along by the
        next move: a commit each, one move for all. Returns a tip of the ledger that has the run.
        """
        return self._queue.graft(_Settled(run, now), self._graft_all)

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
        return self.extend(lambda _tip: changes, message, now)

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
            tip = self._repo.ref(LEDGER)
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
            old = self._repo.ref(LEDGER)  # read once: what is built on it is compared with it
            base = old or self._fetched() or self._root()
            changes = build(base)
            if changes is None:
                result = base
                return None
            tree = self._repo.edit_tree(base, changes)
            result = self._repo.commit(tree, [base, *parents], message, self._signature(now))
            return [RefUpdate(LEDGER, result, old)]

        self._repo.swap_with_retry(updates, "frmo: ledger")
        return result

    def _fetched(self) -> str | None:
        remote = self._repo.remote()
        return self._repo.ref(f"refs/remotes/{remote}/{LEDGER.removeprefix('refs/heads/')}") if remote else None

    def _graft_all(self, settled: Sequence["_Settled"]) -> str:
        """One commit for each run that is not there yet, and one move of the ref."""
        result = ""

        def updates() -> list[RefUpdate] | None:
            nonlocal result
            old = self._repo.ref(LEDGER)  # read once: what is built on it is compared with it
            result = old or self._fetched() or self._root()
            for item in settled:
                if self._repo.entry(result, item.run.place.facts) is None:
                    result = self._grafted(item, result)
            return [RefUpdate(LEDGER, result, old)] if result != old else None

        self._repo.swap_with_retry(updates, "frmo: ledger")
        return result

    def _grafted(self, item: "_Settled", tip: str) -> str:
        repo, run = self._repo, item.run
        tree = repo.edit_tree(tip, {folder: Graft(oid) for folder, oid in item.folders.items()})
        state = run.state
        trailers = step_trailers(task=run.task, run=run.run, step="settle", status=state.state, agent=state.agent)
        message = commit_message("ledger", f"{run.task} is {state.state}", trailers)
        return repo.commit(tree, [tip, run.tip], message, self._signature(item.now))

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
        changes.update(self._learned(tip, other))
        tree = self._repo.edit_tree(tip, changes)
        message = commit_message("ledger", "join ledgers", [("skip-checks", "true")])
        return self._repo.commit(tree, [tip, other], message, self._signature(now))

    def _learned(self, tip: str, other: str) -> dict[str, Change]:
        """Trials and register entries that the other has more. GitError where both gave out one number."""
        changes: dict[str, Change] = {}
        for folder in ("state/trials", "state/register"):
            for item in self._repo.entries(other, self._workspace.path(folder)):
                mine = self._repo.entry(tip, item.path)
                if mine is None:
                    changes[item.path] = Graft(item.oid, item.mode)
                elif mine.oid != item.oid and folder == "state/register":
                    raise GitError(
                        f"Both ledgers have an entry {item.path.rsplit('/', 1)[1]} of the register of trials, and they "
                        "differ: trials were registered in two places without the other's ledger. Keep one of the two."
                    )
        return changes

    def _root(self) -> str:
        """The first commit of every ledger: the same bytes everywhere, so that ledgers of one project share it."""
        message = commit_message("ledger", "begin", [("skip-checks", "true")])
        return self._repo.commit(
            self._repo.edit_tree(None, {}), [], message, Signature("frmo ledger", "frmo@localhost", 0)
        )

    def _signature(self, now: float) -> Signature:
        return Signature("frmo ledger", self._email, now)
