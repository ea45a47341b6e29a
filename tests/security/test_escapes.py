"""Programs that try to get out: none has an effect outside, as root and as an ordinary user.

Each defence is also switched off once, and the attacks it stops must then be seen to work: so this can fail.
"""

from functools import cache

import pytest

from tests.support.attacks import ATTACKS
from tests.support.users import USERS, run_as

pytestmark = pytest.mark.sandbox
WEAKNESSES = sorted({attack.defence for attack in ATTACKS if attack.defence})


@cache
def outcomes(user: str, weakness: str) -> dict:
    """Every attack that `weakness` lets through (`nothing`: every attack there is) run as `user`."""
    names = [attack.name for attack in ATTACKS if weakness in ("nothing", attack.defence)]
    return run_as(user, "attacker.py", weakness, *names)


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_escape_has_no_effect(attack, user):
    outcome = outcomes(user, "nothing")[attack.name]
    assert outcome["effects"] == []
    assert outcome["status"] == "exited", outcome  # it was run, and stopped by a wall, not by a limit
    assert "SyntaxError" not in outcome["stderr"]
    assert "NameError" not in outcome["stderr"]


@pytest.mark.parametrize("weakness", WEAKNESSES)
def test_without_its_defence_every_attack_is_seen_to_work(weakness):
    """Some attacks race (a pid to guess, a moment to hit): what stays silent at first gets two more tries."""
    silent = [name for name, outcome in outcomes("ourselves", weakness).items() if not outcome["effects"]]
    for _ in range(2):
        if silent:
            again = run_as("ourselves", "attacker.py", weakness, *silent)
            silent = [name for name in silent if not again[name]["effects"]]
    assert silent == []


def test_there_are_enough():
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 40
