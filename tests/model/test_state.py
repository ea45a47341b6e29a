import pytest

from frmo.model.state import TERMINAL, TRANSITIONS, IllegalMove, RunState, State, Tokens, moved
from frmo.model.verdict import LevelResult, Verdict

RUN = RunState(task="a-00000000", run=1, base="0" * 40)


def test_every_state_is_in_the_table_and_only_terminal_ones_lead_nowhere():
    assert set(TRANSITIONS) == set(State)
    assert {state for state, nexts in TRANSITIONS.items() if not nexts} == TERMINAL


def test_a_move_counts_up_and_leaves_the_old_state_alone():
    later = moved(RUN, State.ANALYZING, step=2)
    assert (later.state, later.version, later.step) == (State.ANALYZING, 2, 2)
    assert RUN.version == 1


@pytest.mark.parametrize(("old", "new"), [(a, b) for a in State for b in State if a != b and b not in TRANSITIONS[a]])
def test_no_other_move_is_legal(old, new):
    run = RunState(task="a-00000000", run=1, base="0" * 40, state=old)
    with pytest.raises(IllegalMove):
        moved(run, new)


def test_state_survives_its_file():
    verdict = Verdict(True, 3, "full", (LevelResult(3, True, 4, 0.5, ("python_tests",)),))
    run = moved(RUN, State.WAITING, resume=State.EXECUTING, tokens=Tokens(1, 2, 3), verdict=verdict)
    assert RunState.from_data(run.to_data()) == run


@pytest.mark.parametrize(
    ("verdict", "label"),
    [
        (Verdict(True, 3, "full", (LevelResult(3, True, 4, 0, ()),)), "level 3, 4 tests"),
        (Verdict(True, 3, "full", (LevelResult(3, True, 1, 0, ()),)), "level 3, 1 test"),
        (Verdict(True, 2, "full"), "level 2, no tests ran"),
        (Verdict(True, 2, "none"), "level 2, no tests ran, sandbox none"),
    ],
)
def test_a_label_never_says_more_than_what_ran(verdict, label):
    assert verdict.label() == label
