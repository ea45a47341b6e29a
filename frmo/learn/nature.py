"""Systematic or stochastic: a pattern's tasks run again with the present protocol, up to six times (GATE, "Patterns").

The failure that raised the alarm does not count. Each re-run is kept on the ledger, so none is made twice.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from frmo.files import json_file
from frmo.learn.candidate import arm_of
from frmo.learn.recurrence import carriers, told_apart
from frmo.learn.replay import Replay, outcome_at
from frmo.learn.running import Track, within_budget
from frmo.model.pattern import Pattern, rerun_again
from frmo.model.trailers import commit_message
from frmo.repo.repository import Change, FileChange
from frmo.store.ledger import Ledger
from frmo.store.observations import Seen
from frmo.store.register import ledger_tip
from frmo.store.workspace import Workspace

FOLDER = "state/reruns"


def rerun(track: Track, pattern: Pattern, rows: Sequence[Seen], head: str) -> Pattern:
    """`pattern` told apart by re-runs of its mining tasks, one after the other; as it is where they can't be made."""
    workspace = track.scribe.workspace
    tree = arm_of(workspace, head).tree
    shown = reruns(workspace, pattern.fingerprint, tree)
    tasks = sorted(carriers(rows, pattern.fingerprint, after=0.0), key=lambda row: row.name)
    tasks = [row for row in tasks if workspace.repo.resolve(row.base)]
    while tasks and rerun_again(sum(shown), len(shown)) and not within_budget(track, "learning"):
        number = len(shown)
        row = tasks[number % len(tasks)]
        place = Replay(f"rerun-{pattern.fingerprint}", tree[:12], row.task, row.base, head, number // len(tasks) + 1)
        done = track.replay(place, track.stop)
        if not done.tip:
            break
        outcome = outcome_at(workspace, done.tip, row.task)
        assert outcome is not None, "a replay ends settled, with a fault, or held"
        again = pattern.fingerprint in outcome.fingerprints
        _keep(
            track,
            f"{FOLDER}/{pattern.fingerprint}-{tree[:12]}/{number + 1}.json",
            {"shown": again, **outcome.to_data()},
        )
        track.say(f"re-run of {row.name}: {pattern.fingerprint} {'again' if again else 'is gone'}")
        shown.append(again)
    return told_apart(pattern, sum(shown), len(shown))


def reruns(workspace: Workspace, fingerprint: str, tree: str) -> list[bool]:
    """Whether the error was there again, per re-run so far with these protocols."""
    tip = ledger_tip(workspace)
    folder = workspace.path(f"{FOLDER}/{fingerprint}-{tree[:12]}")
    found = sorted(workspace.repo.children(tip, folder), key=lambda item: item.path) if tip else []
    return [bool(json_file.load(workspace.repo.blob(item.oid), item.path)["shown"]) for item in found]


def _keep(track: Track, path: str, data: Mapping[str, Any]) -> None:
    workspace = track.scribe.workspace
    place = workspace.path(path)

    def changes(tip: str) -> Mapping[str, Change] | None:
        return None if workspace.repo.entry(tip, place) else {place: FileChange(json_file.canonical(dict(data)))}

    message = commit_message("learn", f"re-run {path.split('/')[2]}", [("Frmo-Step", "learn"), ("skip-checks", "true")])
    Ledger(workspace, track.scribe.email).extend(changes, message, track.scribe.now(), [data["commit"]])
