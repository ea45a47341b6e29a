"""Running a trial, with simulated runs that leave real commits: faults, kills, budgets, losers, waiting for tasks."""

import pytest
from support.learning import FINGERPRINT, NOW, Simulated, cures, lab, names, settle
from support.project import git

from frmo.learn.candidate import candidates
from frmo.learn.history import pasts
from frmo.learn.insight import by_hand
from frmo.learn.replay import Replayed
from frmo.learn.round import one_round
from frmo.learn.verification import verify
from frmo.model.split import Side
from frmo.store.register import entries, ledger_tip
from frmo.store.trials import load_pairs, load_trial, trial_names
from frmo.store.workspace import Workspace

FAULT = Replayed(fault=("provider", "HTTP 529"))


@pytest.fixture
def opened(workspace):
    return Workspace.open(workspace)


def trial_runs(replay):
    return [run for run in replay.ran if not run.trial.startswith("rerun-")]


def whats(happened):
    return [item.what for item in happened]


def test_a_cure_is_found_tried_and_merged(opened):
    replay = Simulated(opened, cures(opened))
    assert whats(one_round(lab(opened, replay))) == ["proposed", "registered", "win", "merged"]
    (found,) = verify(opened, "main")
    assert found.breaches == ()
    arms = {run.arm for run in trial_runs(replay)}
    assert arms == {"baseline", "candidate"}
    assert all(git(opened.root, "rev-parse", f"frmo/trial/{run.trial}/{run.arm}/{run.task}") for run in replay.ran)


def test_both_arms_of_a_pair_start_from_the_same_base_and_differ_in_protocols_only(opened):
    replay = Simulated(opened, cures(opened))
    one_round(lab(opened, replay))
    one, other = trial_runs(replay)[:2]
    assert (one.task, one.base, one.number) == (other.task, other.base, other.number)
    assert one.protocols != other.protocols
    first = [run.arm for run in trial_runs(replay)[::2]]
    assert len(set(first)) == 2, "which arm runs first differs from pair to pair"


def test_a_fault_voids_a_pair_which_is_repeated_whole(opened):
    cured, struck = cures(opened), []

    def passes(replay):
        if replay.arm == "candidate" and not struck:
            struck.append(replay.task)
            return FAULT
        return cured(replay)

    assert whats(one_round(lab(opened, Simulated(opened, passes))))[-1] == "merged"
    head = opened.repo.head()
    (name,) = trial_names(opened, head)
    rows = [row for row in load_pairs(opened, head, name) if row.task == load_trial(opened, head, name).order[0]]
    assert [(row.attempt, row.void) for row in rows] == [(1, True), (2, False)]
    (found,) = verify(opened, "main")
    assert found.breaches == ()


def test_a_candidate_that_crashes_well_does_not_win(opened):
    cured = cures(opened)

    def passes(replay):
        return FAULT if replay.arm == "candidate" and replay.task.startswith("plain") else cured(replay)

    happened = one_round(lab(opened, Simulated(opened, passes)))
    assert "merged" not in whats(happened)


def test_a_change_for_the_worse_is_blocked_and_its_number_stays_used(opened):
    def passes(replay):
        return replay.arm == "baseline"

    happened = one_round(lab(opened, Simulated(opened, passes)))
    assert whats(happened)[-1] == "blocked"
    assert "overall endpoint" in happened[-1].text
    assert [past.ending for past in pasts(opened)] == ["blocked"]
    again = one_round(lab(opened, Simulated(opened, passes)))
    assert whats(again) == ["refused"]
    assert "was tried and not kept" in again[0].text


def test_what_does_not_recur_is_not_proposed_and_is_not_run_again(opened):
    replay = Simulated(opened, lambda replay: True)
    happened = one_round(lab(opened, replay))
    assert whats(happened) == ["refused"]
    assert "stochastic" in happened[0].text
    assert len(replay.ran) == 3
    assert whats(one_round(lab(opened, replay))) == ["refused"]
    assert len(replay.ran) == 3


class Killed(BaseException):
    """The worker dies."""


@pytest.mark.parametrize("after", [0, 1, 2, 5, 9])
def test_a_killed_learner_goes_on_where_it_was(opened, after):
    cured = cures(opened)
    first = Simulated(opened, lambda replay: cured(replay) if len(first.ran) < after else _die())
    with pytest.raises(Killed):
        one_round(lab(opened, first))
    second = Simulated(opened, cured)
    happened = one_round(lab(opened, second))
    assert whats(happened)[-2:] == ["win", "merged"]
    runs = [(run.arm, run.task) for run in first.ran + second.ran]
    assert len(runs) == len(set(runs)), "a committed outcome is never repeated"
    assert len(pasts(opened)) == 1
    (found,) = verify(opened, "main")
    assert found.breaches == ()


def _die():
    raise Killed


def test_the_days_budget_makes_a_trial_wait_and_tomorrow_it_goes_on(opened):
    replay = Simulated(opened, cures(opened))
    happened = one_round(lab(opened, replay, day_usd=0.005))
    assert whats(happened)[-1] == "waiting"
    assert "budget" in happened[-1].text
    before = len(replay.ran)
    assert whats(one_round(lab(opened, replay, day_usd=0.005)))[0] == "waiting"
    assert len(replay.ran) == before
    tomorrow = NOW + 90_000
    assert whats(one_round(lab(opened, replay, day_usd=1.0, now=lambda: tomorrow)))[-1] == "merged"


def test_too_few_tasks_are_said_and_nothing_is_registered(opened):
    gone = names(Side.HELD_OUT, 9, "talk")[3:]
    tip = ledger_tip(opened)
    tree = opened.repo.edit_tree(tip, {_folder(opened, name): None for name in gone})
    author = opened.repo.commit_info(tip).author
    git(opened.root, "update-ref", "refs/heads/frmo/ledger", opened.repo.commit(tree, [], "x\n", author))
    replay = Simulated(opened, cures(opened))
    happened = one_round(lab(opened, replay))
    assert whats(happened) == ["proposed", "short"]
    assert "more would make it .3" in happened[-1].text
    assert entries(opened, ledger_tip(opened)) == ()
    for name in gone:
        settle(opened, name, error=True, run=2)
    assert whats(one_round(lab(opened, replay))) == ["registered", "win", "merged"]


def _folder(workspace, name):
    tip = ledger_tip(workspace)
    found = next(item.path for item in workspace.repo.entries(tip, "state/runs") if f"/{name}-" in item.path)
    return "/".join(found.split("/")[:5])


def test_a_revert_is_respected_until_new_errors_speak(opened):
    replay = Simulated(opened, cures(opened))
    one_round(lab(opened, replay))
    git(opened.root, "revert", "-m", "1", "--no-edit", "HEAD")
    assert one_round(lab(opened, replay)) == []
    for name in names(Side.MINING, 6, "talk"):
        settle(opened, name, error=True, at=4_000_000_000.0, run=2)
    assert whats(one_round(lab(opened, replay))) == ["proposed", "registered", "win", "merged"]
    assert [(past.registration.t, past.registration.won_before) for past in pasts(opened)] == [(1, 0), (2, 1)]
    assert len(candidates(opened)) == 2


def test_placebo_and_canaries_run_for_an_item_of_prose(opened):
    settle(opened, names(Side.MINING, 12, "plain")[11], error=False, canary=True)
    work = lab(opened, Simulated(opened, lambda replay: True))
    made = by_hand(work.track.scribe, FINGERPRINT, "Put all code into one fenced block.")
    replay = Simulated(opened, lambda run: run.protocols == made.change or not run.task.startswith("talk"))
    happened = one_round(lab(opened, replay, profile=None))
    assert {run.arm for run in replay.ran} >= {"baseline", "candidate", "placebo", "canary-baseline"}
    assert whats(happened)[-1] == "merged", happened
    (found,) = verify(opened, "main")
    assert found.breaches == ()
    trial = load_trial(opened, opened.repo.head(), made.name)
    assert trial.verdict.e_placebo == trial.verdict.e
    assert [len(canary.baseline) for canary in trial.canaries] == [3]


def test_an_item_that_makes_prompts_too_long_is_not_registered(opened):
    replay = Simulated(opened, cures(opened))
    by_hand(lab(opened, replay).track.scribe, FINGERPRINT, "Put all code into one fenced block. " * 4)
    happened = one_round(lab(opened, replay))
    assert whats(happened)[0] == "short"
    assert "15 %" in happened[0].text
    assert entries(opened, ledger_tip(opened)) == () or replay.ran
