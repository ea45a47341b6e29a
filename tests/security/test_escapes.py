"""Programs that try to get out: none has an effect outside, as root and as an ordinary user.

Each defence is also switched off once, and the attacks it stops must then be seen to work: so this can fail.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

from tests.support.attacks import ATTACKS

pytestmark = pytest.mark.sandbox
ROOT = Path(__file__).parents[2]
NOBODY = 65534
USERS = ["ourselves", "nobody"] if os.geteuid() == 0 else ["ourselves"]
WEAKNESSES = sorted({attack.defence for attack in ATTACKS if attack.defence})


@cache
def outcomes(user: str, weakness: str) -> dict:
    """Every attack that `weakness` lets through (`nothing`: every attack there is) run as `user`."""
    names = [attack.name for attack in ATTACKS if weakness in ("nothing", attack.defence)]
    folder = Path(tempfile.mkdtemp(prefix="frmo-escapes-"))
    try:
        source = readable_source(folder)
        scene = folder / "scene"
        scene.mkdir()
        as_user, python = [], sys.executable
        if user == "nobody":
            os.chown(scene, NOBODY, NOBODY)
            as_user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            python = interpreter_for_all()
        attacker = source / "tests/support/attacker.py"
        done = subprocess.run(
            [*as_user, python, "-B", str(attacker), weakness, str(scene), *names],
            env={"PATH": os.environ["PATH"], "HOME": str(scene)},
            capture_output=True,
            check=False,
            timeout=120,
            cwd="/",
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)
    finally:
        shutil.rmtree(folder)


def readable_source(folder: Path) -> Path:
    """A copy of what the attacker imports, where every user can read it: a checkout may lie in a closed home."""
    folder.chmod(0o755)
    for name in ("frmo/__init__.py", "frmo/errors.py", "tests/support/attacker.py", "tests/support/attacks.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name in ("frmo/sandbox", "frmo/model"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def interpreter_for_all() -> str:
    """An interpreter, new enough, that an ordinary user can reach."""
    check = "import os, sys; os.stat(sys.executable); sys.exit(sys.version_info < (3, 11))"
    for python in (sys.executable, "/usr/bin/python3"):
        command = ["setpriv", f"--reuid={NOBODY}", "--clear-groups", python, "-c", check]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip("no interpreter of 3.11 or later that an ordinary user can reach")


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
    silent = [name for name, outcome in outcomes("ourselves", weakness).items() if not outcome["effects"]]
    assert silent == []


def test_there_are_enough():
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 40
