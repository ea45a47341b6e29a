from dataclasses import replace
from fractions import Fraction

import pytest

from frmo.model.alpha import gamma
from frmo.model.gate import decide
from frmo.model.pair import Endpoint, PairFault
from frmo.model.proof import proves, verify_trial
from frmo.model.register import ABANDONED, Ended, Registered
from frmo.model.registration import Pool, PoolTask
from frmo.model.split import Side, side
from frmo.model.trial import Canary, Ending, TrialVerdict, pairs_digest
from tests.support.trials import BASELINE, CANDIDATE, TARGET, finished, outcome, pair, pairs

WON = "b-bxb+bcbbbb-bbbb"


def _registered(trial, **changes):
    """The trial with another registration that is what the register holds: a cheat from the start."""
    registration = replace(trial.registration, **changes)
    return replace(trial, registration=registration), [Registered(registration.trial, 1, 0, registration.digest)]


def _sealed(trial, rows):
    """The trial with verdict and digest made to fit `rows`: a careful cheat."""
    return replace(trial, verdict=decide(trial, rows), pairs_digest=pairs_digest(rows))


@pytest.mark.parametrize("letters", ["", "bbb", WON, "bcbcbcbcbc", "cccc", "bxxxbbbbbbbbbb"])
@pytest.mark.parametrize("endpoint", Endpoint)
def test_an_honest_trial_is_proved(letters, endpoint):
    trial, rows, register = finished(letters, endpoint=endpoint)
    runs = {made.commit: made for row in rows for made in (row.baseline, row.candidate) if made}
    assert verify_trial(trial, rows, register, runs.get) == []


def test_a_win_proves_its_change_and_no_other():
    trial, _, _ = finished("bbbbbbb")
    change = {"executor/checklist/typing.yaml": (None, "blob-after")}
    assert trial.verdict.ending is Ending.WIN
    assert proves(trial, change)
    assert not proves(trial, {})
    assert not proves(trial, {"executor/checklist/typing.yaml": (None, "other")})
    assert not proves(trial, {**change, "executor/protocol.yaml": ("a", "b")})
    assert not proves(finished("bbb")[0], change)


def _flipped(rows):
    row = next(row for row in rows if not row.void)
    return [replace(row, candidate=replace(row.candidate, passed=False)) if item is row else item for item in rows]


@pytest.mark.parametrize(
    ("bend", "word"),
    [
        (_flipped, "disagrees"),
        (lambda rows: rows[1:], "missing"),
        (lambda rows: rows[:-1], ""),
        (lambda rows: rows[:4] + rows[5:], ""),
        (lambda rows: [rows[1], rows[0], *rows[2:]], "order"),
        (lambda rows: [*rows, pair("nowhere", "b")], "not in the pool"),
        (lambda rows: [*rows, replace(rows[0], attempt=2)], "repeated without a fault"),
        (lambda rows: [row for row in rows if not row.void], "attempts"),
        (lambda rows: [replace(row, faults=()) for row in rows], "no fault record"),
        (
            lambda rows: [replace(row, faults=(PairFault("candidate", "deadline", "600 s"),)) for row in rows],
            "deadline",
        ),
        (
            lambda rows: [replace(row, faults=(PairFault("baseline", "host", "lost"),)) for row in rows],
            "never repeated",
        ),
        (lambda rows: [*rows[:-1], replace(rows[-1], baseline=rows[0].baseline)], "serves 2 times"),
        (lambda rows: [*rows[:-1], replace(rows[-1], candidate=replace(rows[-1].candidate, task="t"))], "pool's task"),
        (lambda rows: [*rows[:-1], replace(rows[-1], candidate=replace(rows[-1].candidate, base="b"))], "pool's task"),
        (lambda rows: [replace(row, candidate=row.baseline, baseline=row.candidate) for row in rows], "its arm"),
        (lambda rows: [replace(row, placebo=outcome(row.task, CANDIDATE, False, 9)) for row in rows], "placebo arm"),
    ],
)
@pytest.mark.parametrize("careful", [False, True])
def test_bent_rows_are_refused(bend, word, careful):
    trial, rows, register = finished(WON)
    runs = {made.commit: made for row in rows for made in (row.baseline, row.candidate) if made}
    bent = bend(rows)
    if careful:  # the cheat also writes the verdict that the bent rows give
        trial = _sealed(trial, bent)
    breaches = verify_trial(trial, bent, register, runs.get)
    assert breaches
    assert word in "\n".join(breaches)


def test_a_row_altered_where_nothing_is_decided_is_refused():
    trial, rows, register = finished(WON)
    cheaper = [replace(rows[0], baseline=replace(rows[0].baseline, cost_usd=0.0)), *rows[1:]]
    assert verify_trial(trial, cheaper, register) == ["the rows are not those that were recorded"]


def test_rows_past_the_stop_are_refused():
    trial, _, register = finished("bbbbbbb")
    more = pairs(trial, "b" * 9)
    assert "past the stop" in verify_trial(trial, more, register)[0]
    assert "past the stop" in verify_trial(_sealed(trial, more), more, register)[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"ending": Ending.WIN},
        {"b": 7},
        {"c": 0},
        {"pairs": 11},
        {"e": Fraction(32)},
        {"blocked_by": "x"},
        {"e_placebo": Fraction(1)},
    ],
)
def test_a_bent_verdict_is_refused(changes):
    trial, rows, register = finished("bcbcbcbcbc")
    assert verify_trial(replace(trial, verdict=replace(trial.verdict, **changes)), rows, register)


def test_the_end_in_the_register_must_be_that_of_the_rows():
    trial, rows, register = finished("bcbcbcbcbc")
    assert verify_trial(trial, rows, [register[0], Ended(trial.registration.trial, "win")])
    waiting, few, started = finished("bb")
    assert verify_trial(waiting, few, [*started, Ended(waiting.registration.trial, ABANDONED)]) == []
    assert verify_trial(waiting, few, [*started, Ended(waiting.registration.trial, "futile")])


@pytest.mark.parametrize(
    "changes",
    [{"t": 2}, {"won_before": 3}, {"gamma": gamma(2)}, {"alpha": Fraction(1, 2)}, {"n_max": 200}, {"cap": Fraction(9)},
     {"model": "better"}, {"prompt_tokens": (100, 100)}],
)  # fmt: skip
def test_a_bent_registration_is_refused(changes):
    trial, rows, register = finished(WON)
    bent = replace(trial, registration=replace(trial.registration, **changes))
    assert verify_trial(
        _sealed(bent, rows) if bent.registration.won_before < bent.registration.t else bent, rows, register
    )


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"n_max": 200}, "N_max"),
        ({"alpha": Fraction(1, 2)}, "alpha"),
        ({"target": TARGET}, "names its pattern"),
        ({"candidate": BASELINE}, "the same"),
        ({"changes": ()}, "the same"),
    ],
)
def test_a_registration_against_the_rules_is_refused_although_registered(changes, word):
    trial, rows, _ = finished("bbbbbbb")
    bent, register = _registered(trial, **changes)
    assert word in "\n".join(verify_trial(bent, rows, register))


def _with_pool(trial, pool):
    bent, register = _registered(trial, pool=pool)
    return verify_trial(bent, [], register)


def test_a_chosen_order_or_pool_is_refused():
    trial, _, _ = finished("")
    pool = trial.registration.pool
    mining = next(name for name in (f"task-{n}" for n in range(99)) if side(name) is Side.MINING)
    proposal = trial.registration.proposal
    assert "order" in _with_pool(trial, replace(pool, order=pool.order[::-1]))[0]
    assert "digest" in _with_pool(trial, replace(pool, tasks=pool.tasks[1:]))[0]
    assert "held-out" in _with_pool(trial, Pool.drawn(proposal, [*pool.tasks, PoolTask(mining, "m", "base")]))[0]
    assert "2 times" in _with_pool(trial, Pool.drawn(proposal, [*pool.tasks, pool.tasks[0]]))[0]


def test_a_targeted_pool_without_guard_tasks_is_refused():
    trial, _, _ = finished("", endpoint=Endpoint.TARGETED)
    eager = [replace(task, triggers=True) for task in trial.registration.pool.tasks]
    assert "30 %" in _with_pool(trial, Pool.drawn(trial.registration.proposal, eager))[0]


def test_canaries_can_not_be_left_out_or_run_again():
    trial, rows, register = finished("bbbbbbb", canaries=("k",))
    assert "canaries" in verify_trial(trial, rows, register)[0]
    runs = [replace(outcome("k", BASELINE, True), commit=f"k{n}") for n in range(3)]
    alive = Canary("k", tuple(runs), (replace(outcome("k", CANDIDATE, True), commit="k9"),))
    unknown = Canary("k", tuple(runs[:1]), ())
    assert verify_trial(replace(trial, canaries=(alive,)), rows, register) == []
    assert "not run to its end" in verify_trial(replace(trial, canaries=(unknown,)), rows, register)[0]


def test_an_outcome_without_its_run_is_refused():
    trial, rows, register = finished("bbbbbbb")
    assert "no run" in verify_trial(trial, rows, register, lambda commit: None)[0]


def test_a_win_can_not_be_written_without_pairs():
    trial, _, register = finished("")
    won = replace(trial, verdict=TrialVerdict(Ending.WIN, 7, 0, 7, Fraction(255, 8)), pairs_digest=pairs_digest([]))
    assert verify_trial(won, [], register)
