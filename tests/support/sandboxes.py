"""The real sandboxes for tests, and Python programs to run in them."""

import os
import sys
from pathlib import Path

from frmo.sandbox.choice import choose
from frmo.sandbox.interpreter import python_mounts
from frmo.sandbox.program import MIB, Limits, Program, Sandbox

LIMITS = Limits(seconds=20, memory_bytes=256 * MIB, processes=16, disk_bytes=16 * MIB, file_bytes=4 * MIB)
MOUNTS = python_mounts(Path(sys.executable))


def sandbox(level: str = "full") -> Sandbox:
    return choose({"FRMO_SANDBOX": level, "PATH": os.environ["PATH"]})


def python(code: str, *arguments: str, worktree: Path | None = None, limits: Limits = LIMITS, **more) -> Program:
    """`code` as an isolated Python program."""
    argv = (sys.executable, "-I", "-S", "-c", code, *arguments)
    return Program(argv, writable=worktree, readonly=MOUNTS, limits=limits, **more)


def alive(mark: str) -> list[int]:
    """Pids of this machine's processes that have `mark` in their command line, but for our own."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            state = (path.parent / "stat").read_text().rpartition(")")[2].split()[0]
            if mark.encode() in path.read_bytes() and state != "Z" and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found
