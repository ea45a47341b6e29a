"""Running a trial: pairs fresh and interleaved, each kept on the ledger as it ends, until the verdict is there.

Everything is read back from the ledger, so going on after a kill is running it again.
"""

import hashlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction

from frmo.errors import Interrupted
from frmo.learn.replay import Replay, Replayed, RunReplay, outcome_at
from frmo.learn.scribe import Scribe
from frmo.model.gate import by_task, decide
from frmo.model.guard import CANARY_RUNS, canary_known
from frmo.model.pair import Outcome, Pair, PairFault, settled
from frmo.model.registration import Arm, PoolTask, Registration
from frmo.model.trial import Canary, Ending, Trial
from frmo.store.observations import observations
from frmo.store.register import ledger_tip
from frmo.store.trials import TrialLog

_DAY_S = 86_400


@dataclass(frozen=True)
class Track:
    """What runs a trial. `stop`: set by the person. `jobs`: pairs at once. `day_usd`: learning's own budget for a UTC day.

    `say`: told of every pair.
    """

    scribe: Scribe
    replay: RunReplay
    stop: threading.Event
    jobs: int = 1
    day_usd: float | None = None
    say: Callable[[str], None] = lambda _text: None


@dataclass(frozen=True)
class Progress:
    """A trial after a stretch of running. `held`: why it waits, where it does."""

    trial: Trial
    rows: tuple[Pair, ...]
    held: str = ""


@dataclass(frozen=True)
class _Due:
    """A pair to run: its place in the order, from 1, and which attempt at it this is."""

    place: int
    task: PoolTask
    attempt: int
    registration: Registration


class _Held(Exception):
    """The trial can't go on now; what is committed stays."""


def run_trial(track: Track, name: str) -> Progress:
    """Run the registered trial until it ends, its pool or budget is used up, or the person stops it.

    Raises Interrupted on a stop. The trial that is given carries the verdict so far.
    """
    log = TrialLog(track.scribe.workspace, name, track.scribe.email)
    held = ""
    try:
        _run_canaries(track, log)
        while batch := _next(track, log):
            with ThreadPoolExecutor(len(batch), thread_name_prefix="pair") as pool:
                list(pool.map(lambda due: _run_pair(track, log, due), batch))
    except _Held as reason:
        held = str(reason)
    trial, rows = _standing(track, log)
    if trial.verdict.ending is Ending.WAITING and not held:
        held = "its pool is used up; it goes on when there are more settled held-out tasks"
    return Progress(trial, tuple(rows), held)


def _standing(track: Track, log: TrialLog) -> tuple[Trial, list[Pair]]:
    tip = ledger_tip(track.scribe.workspace)
    assert tip is not None, "a registered trial is on the ledger"
    trial, rows = log.load(tip), log.rows(tip)
    return replace(trial, verdict=decide(trial, rows)), rows


def _next(track: Track, log: TrialLog) -> list[_Due]:
    """The pairs to run next (place, task, attempt): the first tasks in the order that have none settled; none at an end."""
    if track.stop.is_set():
        raise Interrupted("stopped; `frmo learn` goes on with the trial")
    trial, rows = _standing(track, log)
    if trial.verdict.ending is not Ending.WAITING:
        return []
    if held := within_budget(track, log.trial):
        raise _Held(held)
    tasks = {task.name: task for pool in trial.pools for task in pool.tasks}
    done = by_task(rows)
    todo = [
        _Due(place, tasks[name], len(done.get(name, ())) + 1, trial.registration)
        for place, name in enumerate(trial.order, start=1)
        if settled(done.get(name, ())) is None
    ]
    return todo[: max(1, min(track.jobs, trial.registration.n_max - trial.verdict.pairs))]


def _run_pair(track: Track, log: TrialLog, due: _Due) -> None:
    """One pair: the arms one after the other, which one first by hash; kept on the ledger when it is whole, or void."""
    registration, task, attempt = due.registration, due.task, due.attempt
    arms = _arms(registration)
    outcomes: dict[str, Outcome] = {}
    faults: list[PairFault] = []
    for arm in _turn(registration.trial, task.name, list(arms)):
        done = _replayed(track, Replay(registration.trial, arm, task.task, task.commit, arms[arm].commit, attempt))
        if done.fault:
            faults.append(PairFault(arm, *done.fault))
            break
        outcomes[arm] = _outcome(track, done, task.task)
    pair = Pair(
        task.name, attempt, outcomes.get("baseline"), outcomes.get("candidate"), outcomes.get("placebo"), tuple(faults)
    )
    log.add_row(due.place, pair, track.scribe.now(), [outcome.commit for outcome in outcomes.values()])
    word = (
        "void"
        if pair.void
        else " ".join(f"{arm} {'passed' if item.passed else 'failed'}" for arm, item in outcomes.items())
    )
    track.say(f"pair {due.place}, {task.name}: {word}")


def _run_canaries(track: Track, log: TrialLog) -> None:
    """Up to three runs of every canary in each arm, as long as they could change whether it is lost."""
    trial, _ = _standing(track, log)
    rows = {row.name: row for row in observations(track.scribe.workspace, ledger_tip(track.scribe.workspace))}
    for place, name in enumerate(trial.registration.canaries):
        found = next((item for item in trial.canaries if item.task == name), Canary(name, (), ()))
        while not canary_known(found):
            arm = "baseline" if len(found.baseline) < CANARY_RUNS else "candidate"
            runs: tuple[Outcome, ...] = found.baseline if arm == "baseline" else found.candidate
            commit = _arms(trial.registration)[arm].commit
            row = rows[name]
            done = _replayed(track, Replay(log.trial, f"canary-{arm}", row.task, row.base, commit, len(runs) + 1))
            if done.fault:
                raise _Held(f"canary {name}: {done.fault[0]}: {done.fault[1]}")
            outcome = _outcome(track, done, row.task)
            log.add_canary(place, arm, len(runs) + 1, outcome, track.scribe.now())
            found = (
                replace(found, baseline=(*runs, outcome))
                if arm == "baseline"
                else replace(found, candidate=(*runs, outcome))
            )


def _replayed(track: Track, replay: Replay) -> Replayed:
    done = track.replay(replay, track.stop)
    if done.held:
        raise _Held(done.held)
    return done


def _outcome(track: Track, done: Replayed, task: str) -> Outcome:
    outcome = outcome_at(track.scribe.workspace, done.tip, task)
    assert outcome is not None, "a replay ends settled, with a fault, or held"
    return outcome


def _arms(registration: Registration) -> dict[str, Arm]:
    arms = {"baseline": registration.baseline, "candidate": registration.candidate}
    return {**arms, "placebo": registration.placebo} if registration.placebo else arms


def _turn(trial: str, task: str, arms: Sequence[str]) -> list[str]:
    """Which arm runs first differs from task to task, so that a provider's bad hour strikes both alike."""
    return sorted(arms, key=lambda arm: hashlib.sha256(f"{trial}\n{task}\n{arm}".encode()).hexdigest())


def within_budget(track: Track, name: str) -> str:
    """Why learning's budget for the day stops `name`, counting all trials together; '' while there is some left."""
    if track.day_usd is None:
        return ""
    workspace = track.scribe.workspace
    tip = ledger_tip(workspace)
    today = int(track.scribe.now()) // _DAY_S
    names = workspace.names("state/trials", tip) if tip else []
    logs = (TrialLog(workspace, trial, track.scribe.email) for trial in names)
    costs = (Fraction(usd) for log in logs for at, usd in log.spent(tip or "") if int(at) // _DAY_S == today)
    spent = sum(costs, Fraction(0))
    if spent > 0 and spent >= Fraction(track.day_usd):
        return f"learning's budget of ${track.day_usd:.2f} for today is used up; {name} goes on tomorrow"
    return ""
