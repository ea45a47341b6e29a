"""Workers as processes of their own, to be watched and killed, and waiting for what they do."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.project import git


@contextmanager
def worker(folder: Path, *args: str | Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`frmo <args> -C <folder>` as a process; killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "frmo", *args, "-C", folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_until(holds: Callable[[], Any], what: str = "what was waited for", seconds: float = 60) -> Any:
    """The first true value of `holds()`."""
    until = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < until, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)
    return found


def branches(folder: Path) -> list[str]:
    """Names of the task branches."""
    return git(folder, "for-each-ref", "--format=%(refname:lstrip=4)", "refs/heads/frmo/task").split()


def settled(folder: Path) -> list[str]:
    """Tasks in the ledger, once per graft."""
    lines = git(folder, "log", "--first-parent", "--format=%s", "frmo/ledger", check=False).splitlines()
    return [line.split()[1] for line in lines if line.startswith("frmo(ledger): ") and " is " in line]
