"""Trials: what the ledger keeps of one while it runs, and the files that its end leaves (`state/trials/<trial>/`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from frmo.errors import GitError
from frmo.files import json_file, yaml_file
from frmo.files.document import Caps
from frmo.model.pair import Outcome, Pair
from frmo.model.registration import Pool
from frmo.model.trailers import commit_message
from frmo.model.trial import Canary, Trial
from frmo.repo.repository import Change, FileChange
from frmo.store.ledger import Ledger
from frmo.store.workspace import Workspace

FOLDER = "state/trials"
_CAPS = Caps(size=64 << 20, depth=100, nodes=2_000_000)


def folder_of(trial: str) -> str:
    """Folder of one trial below the prefix."""
    return f"{FOLDER}/{trial}"


def trial_names(workspace: Workspace, commit: str) -> list[str]:
    """Names of the trials whose files `commit` has, sorted."""
    return [
        name for name in workspace.names(FOLDER, commit) if workspace.committed(f"{FOLDER}/{name}/trial.yaml", commit)
    ]


def load_trial(workspace: Workspace, commit: str, name: str) -> Trial:
    """`trial.yaml` as `commit` has it. GitError when it isn't there or no trial."""
    path = f"{folder_of(name)}/trial.yaml"
    content = workspace.committed(path, commit)
    if content is None:
        raise GitError(f"{workspace.path(path)} is not in {commit[:12]}.")
    try:
        return Trial.from_data(yaml_file.load(content, workspace.path(path), _CAPS))
    except (KeyError, TypeError, ValueError) as fault:
        raise GitError(f"{workspace.path(path)} in {commit[:12]} is no trial: {fault}") from None


def load_pairs(workspace: Workspace, commit: str, name: str, file: str = "pairs") -> list[Pair]:
    """Rows of `pairs.jsonl` (or `extra.jsonl`) in file order. GitError when one is no pair."""
    path = f"{folder_of(name)}/{file}.jsonl"
    content = workspace.committed(path, commit) or b""
    try:
        return [Pair.from_data(json_file.load(row, path, _CAPS)) for row in content.split(b"\n") if row]
    except (KeyError, TypeError, ValueError) as fault:
        raise GitError(f"{workspace.path(path)} in {commit[:12]} holds a row that is no pair: {fault}") from None


def trial_file(trial: Trial) -> bytes:
    """Content of `trial.yaml`."""
    return yaml_file.canonical(plain(trial.to_data()))


def rows_file(pairs: Sequence[Pair]) -> bytes:
    """Content of `pairs.jsonl` or `extra.jsonl`."""
    return b"".join(json_file.line(plain(pair.to_data())) for pair in pairs)


@dataclass(frozen=True)
class TrialLog:
    """One trial on the ledger, while it runs: its registration, later pools, and a file per pair, written once.

    `rows/<place>-<attempt>.json`: a pair, by its place in the order. `canaries/<place>-<arm>-<run>.json`: one run.
    Each commit has the runs' tips among its parents, so that whoever has the ledger has every run.
    """

    workspace: Workspace
    trial: str
    email: str

    def load(self, tip: str) -> Trial:
        """The trial as registered, with the pools drawn later and the canaries' runs so far."""
        trial = load_trial(self.workspace, tip, self.trial)
        pools = tuple(Pool.from_data(data) for data in self._facts(tip, "pools").values())
        return replace(trial, more_pools=pools, canaries=self._canaries(tip, trial))

    def rows(self, tip: str) -> list[Pair]:
        """Every pair so far, in the order of the trial, attempts of one task in theirs."""
        return [Pair.from_data(data["pair"]) for data in self._facts(tip, "rows").values()]

    def spent(self, tip: str) -> list[tuple[float, float]]:
        """(Unix seconds, US dollars) of every pair and probation run so far."""
        found = []
        for data in self._facts(tip, "rows").values():
            pair = Pair.from_data(data["pair"])
            arms = (pair.baseline, pair.candidate, pair.placebo)
            found.append((float(data["at"]), sum(arm.cost_usd for arm in arms if arm is not None)))
        for data in self._facts(tip, "probation").values():
            found.append((float(data["at"]), data["before"]["cost_usd"] + data["after"]["cost_usd"]))
        return found

    def add_row(self, place: int, pair: Pair, now: float, tips: Sequence[str]) -> None:
        """Keep a finished pair; doing it twice is doing it once."""
        what = "void" if pair.void else "run"
        self._add(
            f"rows/{place:04d}-{pair.attempt}.json",
            {"at": now, "pair": pair.to_data()},
            f"pair {place}: {what}",
            now,
            tips,
        )

    def add_canary(self, place: int, arm: str, number: int, outcome: Outcome, now: float) -> None:
        """Keep one run of a canary."""
        name = f"canaries/{place:04d}-{arm}-{number}.json"
        self._add(name, {"at": now, "outcome": outcome.to_data()}, f"canary {place}, {arm}", now, (outcome.commit,))

    def add_shadow(self, number: int, shadow: Mapping[str, Any], now: float, tips: Sequence[str]) -> None:
        """Keep a task that ran in both versions after the merge, the `number`-th of them."""
        self._add(f"probation/{number:06d}.json", {"at": now, **shadow}, f"probation {number}", now, tips)

    def shadows(self, tip: str) -> list[dict[str, Any]]:
        """What `add_shadow` kept, in its order."""
        return list(self._facts(tip, "probation").values())

    def _canaries(self, tip: str, trial: Trial) -> tuple[Canary, ...]:
        runs: dict[tuple[int, str], list[Outcome]] = {}
        for name, data in self._facts(tip, "canaries").items():
            place, arm, _ = name.removesuffix(".json").split("-")
            runs.setdefault((int(place), arm), []).append(Outcome.from_data(data["outcome"]))
        names = trial.registration.canaries
        return tuple(
            Canary(names[place], tuple(runs.get((place, "baseline"), ())), tuple(runs.get((place, "candidate"), ())))
            for place in sorted({place for place, _ in runs})
        )

    def _facts(self, tip: str, folder: str) -> dict[str, Any]:
        under = self.workspace.path(f"{folder_of(self.trial)}/{folder}")
        found = sorted(self.workspace.repo.children(tip, under), key=lambda item: item.path)
        return {
            item.path.rsplit("/", 1)[1]: json_file.load(self.workspace.repo.blob(item.oid), item.path) for item in found
        }

    def _add(self, name: str, data: Mapping[str, Any], what: str, now: float, parents: Sequence[str]) -> None:
        path = self.workspace.path(f"{folder_of(self.trial)}/{name}")

        def changes(tip: str) -> Mapping[str, Change] | None:
            if self.workspace.repo.entry(tip, path) is not None:
                return None
            return {path: FileChange(json_file.canonical(plain(data)))}

        message = commit_message(
            "trial", f"{self.trial}: {what}", [("Frmo-Trial", self.trial), ("skip-checks", "true")]
        )
        Ledger(self.workspace, self.email).extend(changes, message, now, parents)


def plain(data: Any) -> Any:  # noqa: ANN401  JSON data
    """`data` with lists for tuples, as files hold it."""
    if isinstance(data, Mapping):
        return {key: plain(value) for key, value in data.items()}
    return [plain(value) for value in data] if isinstance(data, list | tuple) else data
