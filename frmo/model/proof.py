"""Proof of a trial: everything recomputed from its files, and every difference named (GATE, "What a trial leaves behind")."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from frmo.model.gate import by_task, counted, decide
from frmo.model.guard import CANARY_RUNS, canary_known
from frmo.model.pair import ARMS, ATTEMPTS, FAULT_KINDS, Endpoint, Outcome, Pair
from frmo.model.register import ABANDONED, Ended, Entry, register_breaches, registration_breaches
from frmo.model.registration import N_MAX, Arm, Pool, PoolTask, Registration
from frmo.model.split import Side, side
from frmo.model.trial import Ending, Trial, pairs_digest

GUARD_SHARE = 0.3

Evidence = Callable[[str], Outcome | None]


def verify_trial(
    trial: Trial, pairs: Sequence[Pair], register: Sequence[Entry], evidence: Evidence | None = None
) -> list[str]:
    """Every breach of the rules in a trial's files; empty when the recorded verdict is proved.

    `pairs`: rows of `pairs.jsonl` in file order. `register`: the whole register in its order. `evidence`: the outcome
    that the validation record in a run's commit gives (None: no such run); without it the outcomes are taken as written.
    """
    breaches = [
        *register_breaches(register),
        *registration_breaches(trial.registration, trial.more_pools, register),
        *rule_breaches(trial.registration),
        *_pool_breaches(trial),
        *_row_breaches(trial, pairs),
        *_canary_breaches(trial),
        *_evidence_breaches(trial, pairs, evidence),
    ]
    # A pool with impossible numbers has no threshold to recompute by.
    return breaches or [*_arrangement_breaches(trial, pairs), *_verdict_breaches(trial, pairs, register)]


def proves(trial: Trial, changes: Mapping[str, tuple[str | None, str | None]]) -> bool:
    """True when the trial won and is about exactly these `changes` (path: blob before, blob after), in whatever commit."""
    won = trial.verdict.ending is Ending.WIN
    return won and {item.path: (item.before, item.after) for item in trial.registration.changes} == dict(changes)


def rule_breaches(registration: Registration) -> list[str]:
    """What in a registration is against the rules of a trial, whatever its pairs say."""
    breaches = []
    if registration.n_max != N_MAX[registration.endpoint]:
        breaches.append(f"N_max is {registration.n_max}, not {N_MAX[registration.endpoint]}")
    if (registration.endpoint is Endpoint.TARGETED) != (registration.target is not None):
        breaches.append("a targeted trial, and only that, names its pattern")
    if registration.baseline == registration.candidate or not registration.changes:
        breaches.append("baseline and candidate are the same")
    if any(change.before == change.after for change in registration.changes):
        breaches.append("a path is listed as changed that is not")
    tasks = registration.pool.tasks
    guards = sum(not task.triggers for task in tasks)
    if registration.endpoint is Endpoint.TARGETED and guards < GUARD_SHARE * len(tasks):
        breaches.append(f"only {guards} of {len(tasks)} tasks of the pool can't trigger the pattern; 30 % must")
    return breaches


def _pool_breaches(trial: Trial) -> list[str]:
    breaches = []
    for pool in trial.pools:
        drawn = Pool.drawn(trial.registration.proposal, pool.tasks)
        if pool.digest != drawn.digest:
            breaches.append("the pool is not the one its digest stands for")
        if pool.order != drawn.order:
            breaches.append("the order is not the one that the proposal's hash gives")
    names = [task.name for pool in trial.pools for task in pool.tasks]
    breaches += [f"{name}: not a held-out task" for name in names if side(name) is not Side.HELD_OUT]
    breaches += [f"{name}: {times} times in the pool" for name, times in Counter(names).items() if times > 1]
    return breaches


def _row_breaches(trial: Trial, pairs: Sequence[Pair]) -> list[str]:
    known = {task.name: task for pool in trial.pools for task in pool.tasks}
    arms = {"baseline": trial.registration.baseline, "candidate": trial.registration.candidate}
    if trial.registration.placebo:
        arms["placebo"] = trial.registration.placebo
    breaches = []
    for pair in pairs:
        breaches += [f"{pair.task}: {fault}" for fault in _row_faults(pair, tuple(arms))]
        if pair.task not in known:
            breaches.append(f"{pair.task}: not in the pool")
            continue
        for name, arm in arms.items():
            breaches += [f"{pair.task}: {fault}" for fault in _run_faults(pair.arm(name), known[pair.task], arm)]
    for name, rows in by_task(pairs).items():
        if [row.attempt for row in rows] != list(range(1, len(rows) + 1)) or len(rows) > ATTEMPTS:
            breaches.append(f"{name}: its attempts are not 1 to at most {ATTEMPTS}")
        if any(not row.void for row in rows[:-1]):
            breaches.append(f"{name}: repeated without a fault record")
        if rows[-1].void and len(rows) < ATTEMPTS:
            breaches.append(f"{name}: faulted and neither repeated nor at its last attempt")
    return breaches


def _row_faults(pair: Pair, arms: Sequence[str]) -> list[str]:
    faults = []
    for fault in pair.faults:
        if fault.arm not in arms or fault.kind not in FAULT_KINDS or not fault.detail:
            faults.append(f"'{fault.kind}' in arm '{fault.arm}' is not a fault that voids a pair")
        elif pair.arm(fault.arm) is not None:
            faults.append(f"the {fault.arm} has an outcome and a fault: a committed outcome is never repeated")
    missing = [name for name in arms if pair.arm(name) is None]
    if missing and not pair.void:
        faults.append(f"no outcome of {', '.join(missing)} and no fault record")
    if "placebo" not in arms and pair.placebo is not None:
        faults.append("has a placebo arm that was not registered")
    return faults


def _run_faults(outcome: Outcome | None, task: PoolTask, arm: Arm) -> list[str]:
    if outcome is None:
        return []
    faults = []
    if (outcome.task, outcome.base) != (task.task, task.commit):
        faults.append(f"{outcome.commit} is a run of {outcome.task} from {outcome.base}, not of the pool's task")
    if outcome.protocols != arm.tree:
        faults.append(f"{outcome.commit} did not use the protocols of its arm")
    return faults


def _canary_breaches(trial: Trial) -> list[str]:
    registered, run = sorted(trial.registration.canaries), sorted(canary.task for canary in trial.canaries)
    breaches = [] if registered == run or not trial.verdict.pairs else ["the canaries run are not those registered"]
    for canary in trial.canaries:
        if max(len(canary.baseline), len(canary.candidate)) > CANARY_RUNS:
            breaches.append(f"canary {canary.task}: more than {CANARY_RUNS} runs in an arm")
        if trial.verdict.ending is Ending.WIN and not canary_known(canary):
            breaches.append(f"canary {canary.task}: not run to its end")
    return breaches


def _evidence_breaches(trial: Trial, pairs: Sequence[Pair], evidence: Evidence | None) -> list[str]:
    outcomes = [(pair.task, outcome) for pair in pairs for name in ARMS if (outcome := pair.arm(name))]
    outcomes += [(canary.task, item) for canary in trial.canaries for item in canary.baseline + canary.candidate]
    uses = Counter(outcome.commit for _, outcome in outcomes)
    breaches = [f"{commit}: one run serves {times} times" for commit, times in uses.items() if times > 1]
    for task, outcome in outcomes if evidence else ():
        recorded = evidence(outcome.commit) if evidence else None
        if recorded is None:
            breaches.append(f"{task}: no run with a validation record at {outcome.commit}")
        elif recorded != outcome:
            breaches.append(f"{task}: the outcome disagrees with the validation record at {outcome.commit}")
    return breaches


def _arrangement_breaches(trial: Trial, pairs: Sequence[Pair]) -> list[str]:
    kept, extra = counted(trial, pairs)
    if extra:
        where = "past a missing row" if decide(trial, pairs).ending is Ending.WAITING else "past the stop"
        return [f"{pair.task}: a row {where}" for pair in extra]
    if kept != list(pairs):
        return ["the rows are not in the order of the trial"]
    return [] if pairs_digest(pairs) == trial.pairs_digest else ["the rows are not those that were recorded"]


def _verdict_breaches(trial: Trial, pairs: Sequence[Pair], register: Sequence[Entry]) -> list[str]:
    found, written = decide(trial, pairs), trial.verdict
    breaches = []
    if found != written:
        breaches.append(f"the verdict is {found.to_data()}, not {written.to_data()}")
    ends = [item.ending for item in register if isinstance(item, Ended) and item.trial == trial.registration.trial]
    expected = ABANDONED if found.ending is Ending.WAITING else found.ending.value
    if ends not in ([], [expected]):
        breaches.append(f"the register says it ended as {', '.join(ends)}, the rows say {found.ending.value}")
    return breaches
