"""Trials made up for tests: a registration, its register, and pairs whose runs all exist."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from frmo.model.alpha import gamma
from frmo.model.gate import counted, decide
from frmo.model.pair import Endpoint, Outcome, Pair, PairFault, Target
from frmo.model.register import Ended, Registered
from frmo.model.registration import N_MAX, Arm, Change, Pool, PoolTask, Registration
from frmo.model.split import Side, side
from frmo.model.trial import Ending, Trial, pairs_digest

TARGET = Target("0123456789ab", level=3)
CHANGES = (Change("executor/checklist/typing.yaml", None, "blob-after"),)
BASELINE, CANDIDATE, PLACEBO = Arm("c0", "tree0"), Arm("c1", "tree1"), Arm("c2", "tree2")


def held_out(number: int, first: int = 0) -> list[str]:
    """Names of `number` held-out tasks."""
    names = (f"task-{place}" for place in count(first))
    return [name for name, _ in zip((n for n in names if side(n) is Side.HELD_OUT), range(number), strict=False)]


def pool_tasks(names: Sequence[str]) -> list[PoolTask]:
    """Every third can't show the pattern."""
    return [PoolTask(name, f"{name}-id", "base", triggers=bool(place % 3)) for place, name in enumerate(names)]


def trial(size: int = 30, endpoint: Endpoint = Endpoint.OVERALL, **changes) -> Trial:
    """A registered trial without a pair. `changes`: fields of its registration."""
    fields = {
        "trial": "imports-1a2b", "t": 1, "won_before": 0, "gamma": gamma(changes.get("t", 1)), "endpoint": endpoint,
        "changes": CHANGES, "baseline": BASELINE, "candidate": CANDIDATE, "model": "scripted", "n_max": N_MAX[endpoint],
        "prompt_tokens": (100, 110), "target": TARGET if endpoint is Endpoint.TARGETED else None,
    }  # fmt: skip
    registration = Registration(**{**fields, "pool": Pool((), (), ""), **changes})
    if "pool" not in changes:
        pool = Pool.drawn(registration.proposal, pool_tasks(held_out(size)))
        registration = replace(registration, pool=pool)
    return Trial(registration)


def outcome(task: str, arm: Arm, passed: bool, attempt: int = 1, cost_usd: float = 0.01) -> Outcome:
    """A run that passed level 3, or failed there with the pattern's error."""
    return Outcome(
        commit=f"run-{task}-{arm.commit}-{attempt}", task=f"{task}-id", base="base", protocols=arm.tree, passed=passed,
        passed_levels=(1, 2, 3) if passed else (1, 2), failed_levels=() if passed else (3,),
        fingerprints=() if passed else (TARGET.fingerprint,), cost_usd=cost_usd,
    )  # fmt: skip


def pair(task: str, what: str, attempt: int = 1, placebo: bool | None = None) -> Pair:
    """`what`: b (only the candidate passes), c (only the baseline), + (both), - (neither), x (provider fault)."""
    if what == "x":
        fault = PairFault("candidate", "provider", "HTTP 529")
        return Pair(task, attempt, outcome(task, BASELINE, True, attempt), None, faults=(fault,))
    third = None if placebo is None else outcome(task, PLACEBO, placebo, attempt)
    return Pair(
        task,
        attempt,
        outcome(task, BASELINE, what in "c+", attempt),
        outcome(task, CANDIDATE, what in "b+", attempt),
        third,
    )


def pairs(of: Trial, letters: str) -> list[Pair]:
    """One pair per letter, in the trial's order; an `x` repeats the same task."""
    rows: list[Pair] = []
    names, attempt = iter(of.order), 1
    name = next(names)
    for letter in letters:
        rows.append(pair(name, letter, attempt))
        if letter == "x" and attempt < 3:
            attempt += 1
        else:
            name, attempt = next(names, ""), 1
    return rows


def finished(letters: str, **changes) -> tuple[Trial, list[Pair], list]:
    """(trial with its verdict, rows, register) as frmo would leave them."""
    started = trial(**changes)
    rows = pairs(started, letters)
    kept, _ = counted(started, rows)
    verdict = decide(started, rows)
    done = replace(started, verdict=verdict, pairs_digest=pairs_digest(kept))
    register = [Registered(done.registration.trial, 1, 0, done.registration.digest)]
    if verdict.ending is not Ending.WAITING:
        register.append(Ended(done.registration.trial, verdict.ending.value))
    return done, kept, register
