"""Runs a program of `tests/support` as ourselves or, where we are root, as an ordinary user."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOBODY = 65534
USERS = ["ourselves", "nobody"] if os.geteuid() == 0 else ["ourselves"]
_SETPRIV = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def run_as(user: str, program: str, *arguments: str) -> dict:
    """The JSON object that `program FOLDER arguments…` says; the folder is its user's own and is removed."""
    folder = Path(tempfile.mkdtemp(prefix="frmo-as-user-"))
    try:
        _copy_source(folder)
        own = folder / "own"
        own.mkdir()
        command = [sys.executable]
        if user == "nobody":
            os.chown(own, NOBODY, NOBODY)
            command = [*_SETPRIV, interpreter_for_all()]
        done = subprocess.run(
            [*command, "-B", str(folder / "tests/support" / program), str(own), *arguments],
            env={"PATH": os.environ["PATH"], "HOME": str(own)},
            capture_output=True,
            check=False,
            timeout=120,
            cwd="/",
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)
    finally:
        shutil.rmtree(folder)


def _copy_source(folder: Path) -> None:
    """What the program imports, where every user can read it: a checkout may lie in a closed home."""
    folder.chmod(0o755)
    for name in ("frmo/__init__.py", "frmo/errors.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name in ("frmo/sandbox", "frmo/model", "tests/support"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))


@cache
def interpreter_for_all() -> str:
    """An interpreter, new enough, that an ordinary user can reach."""
    check = "import os, sys; os.stat(sys.executable); sys.exit(sys.version_info < (3, 11))"
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([*_SETPRIV, python, "-c", check], capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip("no interpreter of 3.11 or later that an ordinary user can reach")
