"""Level `full`: bubblewrap in its strict form, a system call filter, limits, and the watchdog over the whole tree."""

import contextlib
import json
import os
import platform
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from frmo.sandbox import bubblewrap, seccomp
from frmo.sandbox.disk import DiskGauge
from frmo.sandbox.launcher import LAUNCHER
from frmo.sandbox.memory import MemoryGauge
from frmo.sandbox.program import Ended, Program
from frmo.sandbox.received import Received
from frmo.sandbox.running import RunningProgram, Supervised, begun, kill_by_descriptor
from frmo.sandbox.tree import NamespaceTree
from frmo.sandbox.watchdog import WATCHDOG, hurry

_START_S = 15.0
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class FullSandbox:
    """Programs under bubblewrap. `bwrap`: absolute path of the program. One instance serves every thread."""

    level = "full"

    def __init__(self, bwrap: str, start_s: float = _START_S) -> None:
        self._bwrap, self._start_s = bwrap, start_s

    def run(self, program: Program, cancel: threading.Event | None = None) -> Ended:
        """Run to the end of the last process."""
        running = self._start(program, cancel, lines=False)
        if program.stdin:
            running.feed(program.stdin)
        return running.wait()

    def start(self, program: Program, cancel: threading.Event | None = None) -> RunningProgram:
        """Start for an exchange of lines."""
        return self._start(program, cancel, lines=True)

    def _start(self, program: Program, cancel: threading.Event | None, *, lines: bool) -> RunningProgram:
        text = Received(program.limits, lines)
        info_out, info_in = os.pipe2(os.O_CLOEXEC)
        with contextlib.ExitStack() as opened:
            opened.callback(os.close, info_out)
            with _descriptors(program, self._system, self._etc, self._filter, info_in) as (argument_fd, given):
                argv = [self._bwrap, "--args", str(argument_fd), "--", *_inside(program)]
                process = LAUNCHER.start(argv, env={}, pass_fds=given)
            running = RunningProgram(process, program.limits, cancel, text)
            with begun(running):
                if running.await_line(bubblewrap.READY, self._start_s):
                    running.supervise(*_supervised(program, _first_pid(info_out)))
                    WATCHDOG.add(running)
                    running.write_first(bubblewrap.GO)
        return running

    @cached_property
    def _system(self) -> list[str]:
        return bubblewrap.system_mounts()

    @cached_property
    def _etc(self) -> dict[str, bytes]:
        return bubblewrap.etc_files()

    @cached_property
    def _filter(self) -> bytes:
        return seccomp.program(platform.machine())


def _inside(program: Program) -> list[str]:
    """The prologue, its limits and the program."""
    bound = _kernel() >= (5, 14)
    return ["/bin/sh", "-c", bubblewrap.PROLOGUE, "frmo", *bubblewrap.prologue_limits(program, bound), *program.argv]


@contextlib.contextmanager
def _descriptors(
    program: Program, system: Sequence[str], etc: Mapping[str, bytes], rules: bytes, info_in: int
) -> Iterator[tuple[int, list[int]]]:
    """The descriptors bubblewrap reads its arguments, its filter and made-up files from; closed when it has started."""
    with contextlib.ExitStack() as opened:
        opened.callback(os.close, info_in)

        def holding(content: bytes) -> int:
            fd = os.memfd_create("frmo", os.MFD_CLOEXEC)
            opened.callback(os.close, fd)
            os.write(fd, content)
            os.lseek(fd, 0, os.SEEK_SET)
            return fd

        files = {path: holding(content) for path, content in etc.items()}
        rules_fd = holding(rules)
        arguments = bubblewrap.arguments(program, system, files, info_in, rules_fd)
        if any("\0" in argument for argument in (*arguments, *program.argv)):
            raise ValueError("an argument of a program holds a NUL byte")
        argument_fd = holding(b"".join(os.fsencode(argument) + b"\0" for argument in arguments))
        yield argument_fd, [argument_fd, rules_fd, info_in, *files.values(), *program.pass_fds]


def _first_pid(info_out: int) -> int:
    """Pid, as this machine numbers it, of the first process of the new pid namespace."""
    return int(json.loads(os.read(info_out, 4096))["child-pid"])


def _supervised(program: Program, first: int) -> tuple[Supervised, "EndTree"]:
    """Gauges over the namespace whose first process is `first`, through its own /proc; and what ends it."""
    with contextlib.ExitStack() as opened:

        def kept(fd: int) -> int:
            opened.callback(os.close, fd)
            return fd

        hurry(first)  # it has to die before its children fork on
        end_tree = EndTree(kept(os.pidfd_open(first)))
        proc_fd, *scratch = [
            kept(os.open(f"/proc/{first}/root/{name}", _FOLDER)) for name in ("proc", "tmp", "dev/shm")
        ]
        tree, limits, disk = NamespaceTree(proc_fd), program.limits, None
        if program.writable:
            disk = DiskGauge(program.writable, tree, limits.disk_bytes, limits.inodes)
        memory = MemoryGauge(tree, scratch, limits.memory_bytes)
        return Supervised(tree, memory, disk, opened.pop_all()), end_tree


class EndTree:
    """Ends a pid namespace by the death of its first process."""

    def __init__(self, pidfd: int) -> None:
        self.pidfd = pidfd

    def __call__(self) -> None:
        """Return when every process of the namespace is dead."""
        kill_by_descriptor(self.pidfd)


def _kernel() -> tuple[int, int]:
    match = re.match(r"(\d+)\.(\d+)", platform.release())
    return (int(match[1]), int(match[2])) if match else (0, 0)
