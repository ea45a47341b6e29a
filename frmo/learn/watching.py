"""Watching a merged item: tasks that settle after the merge run in both versions too; a measured loss is reverted."""

from dataclasses import dataclass

from frmo.errors import GitError, RefMoved
from frmo.learn.history import Past, arrival
from frmo.learn.replay import Replay, outcome_at
from frmo.learn.running import Track, within_budget
from frmo.model.pair import Outcome
from frmo.model.probation import WATCHED, ShadowPair, Standing, Watch, shadowed, watch
from frmo.model.trailers import commit_message
from frmo.repo.repository import Graft, obstructed
from frmo.store.observations import Seen, observations
from frmo.store.register import ledger_tip
from frmo.store.trials import TrialLog
from frmo.store.workspace import Workspace

ARMS = ("before", "after")


@dataclass(frozen=True)
class Meeting:
    """Where an item stands. `commit`: of its revert, where one was made; `pending`: why not yet; `held`: why it waits."""

    watch: Watch
    commit: str = ""
    pending: str = ""
    held: str = ""


def standing(workspace: Workspace, trial: str) -> Watch:
    """Where a merged item stands by the pairs so far."""
    tip = ledger_tip(workspace)
    rows = TrialLog(workspace, trial, "").shadows(tip) if tip else []
    return watch([ShadowPair(row["model"], row["score"]) for row in rows])


def meet(track: Track, past: Past, head: str, model: str) -> Meeting:
    """Run what is due in both versions, and revert the item where that shows it worse. Resumable like a trial."""
    workspace, name = track.scribe.workspace, past.registration.trial
    merge = arrival(workspace, head, past.path)
    assert merge is not None, "it is in force"
    log = TrialLog(workspace, name, track.scribe.email)
    found = standing(workspace, name)
    for number, row in _due(workspace, merge.oid, log):
        if found.standing is Standing.REVERT or found.pairs >= WATCHED:
            break
        held = within_budget(track, name) or _one(track, past, log, (number, row, model))
        if held:
            return Meeting(found, held=held)
        found = standing(workspace, name)
    if found.standing is not Standing.REVERT:
        return Meeting(found)
    commit, pending = _reverted(track, past, head, found)
    return Meeting(found, commit, pending)


def _due(workspace: Workspace, merge: str, log: TrialLog) -> list[tuple[int, Seen]]:
    """(number since the merge, run) of the tasks that are to run in both versions and have not."""
    tip = ledger_tip(workspace)
    if tip is None:
        return []
    first: dict[str, Seen] = {}
    for row in sorted(observations(workspace, tip), key=lambda row: (row.at, row.folder)):
        if workspace.repo.resolve(row.base) and workspace.repo.is_ancestor(merge, row.base):
            first.setdefault(row.name, row)
    done = {shadow["task"] for shadow in log.shadows(tip)}
    numbered = enumerate(first.values(), start=1)
    return [(number, row) for number, row in numbered if shadowed(merge, number, row.name) and row.name not in done]


def _one(track: Track, past: Past, log: TrialLog, due: tuple[int, Seen, str]) -> str:
    """Run one task in both versions; why it can't be done now, or ''. A fault leaves the task for the next time."""
    number, row, model = due
    commits = (past.registration.baseline.commit, past.registration.candidate.commit)
    outcomes: list[Outcome] = []
    for arm, commit in zip(ARMS, commits, strict=True):
        done = track.replay(Replay(log.trial, f"probation-{arm}", row.task, row.base, commit), track.stop)
        if done.held or done.fault:
            return done.held or f"{row.name}: {done.fault[0] if done.fault else ''} fault"
        outcome = outcome_at(track.scribe.workspace, done.tip, row.task)
        assert outcome is not None, "a replay ends settled, with a fault, or held"
        outcomes.append(outcome)
    before, after = outcomes
    shadow = {"task": row.name, "model": model, "score": int(after.passed) - int(before.passed)}
    data = {**shadow, "before": before.to_data(), "after": after.to_data()}
    log.add_shadow(number, data, track.scribe.now(), [before.commit, after.commit])
    track.say(f"probation of {log.trial}, {row.name}: before {_word(before)}, after {_word(after)}")
    return ""


def _reverted(track: Track, past: Past, head: str, found: Watch) -> tuple[str, str]:
    """One commit on the checked-out branch that takes the item back; its oid, or why it is pending."""
    scribe, repo, workspace = track.scribe, track.scribe.workspace.repo, track.scribe.workspace
    change = past.registration.changes[0]
    path = workspace.path(past.path)
    tree = repo.edit_tree(head, {path: Graft(change.before, 0o100644) if change.before else None})
    if blocked := repo.obstacles(tree):
        return "", obstructed(blocked)
    body = (
        f"This reverts commit {past.registration.candidate.commit}.\n\n"
        f"On probation it was worse after {found.pairs} pairs: statistic {float(found.statistic):.1f}, revert at 20."
    )
    trailers = [
        ("Frmo-Step", "learn"),
        ("Frmo-Trial", past.registration.trial),
        ("Frmo-Verdict", "reverted"),
        ("skip-checks", "true"),
    ]
    message = commit_message("learn", f"revert {past.item['id']}", trailers, body)
    commit = repo.commit(tree, [head], message, scribe.signature)
    try:
        repo.advance(commit, f"frmo: revert {past.registration.trial}")
    except (RefMoved, GitError) as fault:
        return "", str(fault)
    return commit, ""


def _word(outcome: Outcome) -> str:
    return "passed" if outcome.passed else "failed"
