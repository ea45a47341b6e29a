"""Level `none`: a plain process. Limits, deadline and a clean environment, but no wall: what runs can read and write.

Chosen only by the person who runs frmo. Mounts don't exist here, so paths inside are rewritten to those of the machine.
"""

import contextlib
import os
import secrets
import shutil
import signal
import tempfile
import threading
import time
from pathlib import Path

from frmo.sandbox import bubblewrap
from frmo.sandbox.disk import DiskGauge
from frmo.sandbox.launcher import LAUNCHER
from frmo.sandbox.memory import MemoryGauge
from frmo.sandbox.program import WORKTREE, Ended, Program
from frmo.sandbox.received import Received
from frmo.sandbox.running import RunningProgram, Supervised, begun
from frmo.sandbox.tree import DescendantTree, read
from frmo.sandbox.watchdog import WATCHDOG

_COOKIE = "FRMO_PROGRAM"
_START_S = 15.0
_ROUNDS = 50


class PlainSandbox:
    """Programs as plain processes. `scratch`: folder for their home folders, each removed when its program has ended."""

    level = "none"

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    def run(self, program: Program, cancel: threading.Event | None = None) -> Ended:
        """Run to the end of the last process that can be found."""
        running = self._start(program, cancel, lines=False)
        if program.stdin:
            running.feed(program.stdin)
        return running.wait()

    def start(self, program: Program, cancel: threading.Event | None = None) -> RunningProgram:
        """Start for an exchange of lines."""
        return self._start(program, cancel, lines=True)

    def _start(self, program: Program, cancel: threading.Event | None, *, lines: bool) -> RunningProgram:
        cookie = secrets.token_hex(8)
        with contextlib.ExitStack() as opened:
            home = tempfile.mkdtemp(prefix="frmo-", dir=self._scratch)
            opened.callback(shutil.rmtree, home, ignore_errors=True)
            argv, env = _outside_words(program, home, cookie)
            process = LAUNCHER.start(argv, env=env, pass_fds=program.pass_fds)
            running = RunningProgram(process, program.limits, cancel, Received(program.limits, lines))
            with begun(running):
                proc_fd = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                opened.callback(os.close, proc_fd)
                tree = DescendantTree(proc_fd, process.pid)
                if running.await_line(bubblewrap.READY, _START_S):
                    supervised = _watched(program, tree, opened.pop_all())
                    running.supervise(supervised, lambda: end_descendants(tree, cookie))
                    WATCHDOG.add(running)
                    running.write_first(bubblewrap.GO)
        return running


def _watched(program: Program, tree: DescendantTree, release: contextlib.ExitStack) -> Supervised:
    limits, disk = program.limits, None
    if program.writable:
        disk = DiskGauge(program.writable, tree, limits.disk_bytes, limits.inodes)
    return Supervised(tree, MemoryGauge(tree, (), limits.memory_bytes), disk, release)


def _outside_words(program: Program, home: str, cookie: str) -> tuple[list[str], dict[str, str]]:
    """Command line and environment with the machine's own paths."""
    given = {**bubblewrap.environment(program), "HOME": home, "TMPDIR": home, **program.env, _COOKIE: cookie}
    argv = [outside(program, word, home) for word in program.argv]
    limits = bubblewrap.prologue_limits(program, count_bound=False)
    prologue = ["/bin/sh", "-c", bubblewrap.PROLOGUE, "frmo", *limits, *argv]
    there = ["/bin/sh", "-c", 'cd "$1" && shift && exec "$@"', "frmo", outside(program, program.cwd, home)]
    return [*there, *prologue], {name: outside(program, value, home) for name, value in given.items()}


def outside(program: Program, text: str, home: str) -> str:
    """`text` with every inside path in it that stands alone or in a list with ':' made a path of the machine."""
    places = {mount.target: str(mount.source) for mount in program.readonly}
    places[WORKTREE] = str(program.writable) if program.writable else home
    return ":".join(_outside_path(part, places) for part in text.split(":"))


def _outside_path(path: str, places: dict[str, str]) -> str:
    for target in sorted(places, key=len, reverse=True):
        if path == target or path.startswith(target + "/"):
            return places[target] + path[len(target) :]
    return path


def end_descendants(tree: DescendantTree, cookie: str) -> None:
    """SIGKILL to the tree and to whatever still carries `cookie` in its environment, until none is found.

    The process group first: the kernel ends that at once, so that a fork bomb of one group can't outrun us.
    """
    for _ in range(_ROUNDS):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(tree.root, signal.SIGKILL)
        pids = {*tree.pids(), *_carriers(tree.proc_fd, cookie)}
        alive = [pid for pid in pids if _state(tree.proc_fd, pid) not in ("Z", "")]
        if not alive:
            return
        for pid in alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(pid), signal.SIGKILL)
        time.sleep(0.002)


def _state(proc_fd: int, pid: str) -> str:
    return read(proc_fd, f"{pid}/stat").rpartition(b")")[2][1:2].decode()


def _carriers(proc_fd: int, cookie: str) -> list[str]:
    mark = f"{_COOKIE}={cookie}".encode()
    return [name for name in os.listdir(proc_fd) if name.isdigit() and mark in read(proc_fd, f"{name}/environ")]
