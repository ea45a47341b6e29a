"""A program to run in a sandbox, its limits, how it ended, and the interface of every sandbox."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

WORKTREE = "/work"
MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one program may use, its whole process tree together.

    `seconds`: wall time from its first instruction. `memory_bytes`: resident memory, and what it keeps in /tmp and
    /dev/shm. `processes`: processes; threads may be eight times as many. `disk_bytes`, `inodes`: growth of the
    worktree. `file_bytes`: one file. `output_bytes`: stdout and stderr together. `line_bytes`: one line of an exchange.
    """

    seconds: float = 60.0
    memory_bytes: int = 1024 * MIB
    processes: int = 64
    disk_bytes: int = 256 * MIB
    file_bytes: int = 64 * MIB
    output_bytes: int = 4 * MIB
    inodes: int = 20_000
    line_bytes: int = 4 * MIB
    open_files: int = 512


@dataclass(frozen=True)
class Mount:
    """A file or folder of the machine shown read-only at `target` (an absolute path inside)."""

    source: Path
    target: str


@dataclass(frozen=True)
class Program:
    """A command to run. `argv[0]` is a path inside or a name on the inside PATH.

    `cwd`: a path inside. `env`: added to PATH, HOME, LANG and TMPDIR; nothing is inherited. `writable`: the one worktree,
    shown at /work. `stdin`: bytes given to `run`; None: empty. `pass_fds`: descriptors the program keeps, same numbers.
    """

    argv: tuple[str, ...]
    cwd: str = WORKTREE
    env: Mapping[str, str] = field(default_factory=dict)
    writable: Path | None = None
    readonly: tuple[Mount, ...] = ()
    stdin: bytes | None = None
    limits: Limits = Limits()
    pass_fds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Ended:
    """How a program ended. `status`: exited, timeout, memory, output, disk, processes, cancelled or not_started.

    `code`: the exit code, 128 + n after signal n; None unless it exited by itself. `stdout`, `stderr`: what came within
    `output_bytes`. When not started, `stderr` says why.
    """

    status: str
    code: int | None
    stdout: bytes
    stderr: bytes
    duration_s: float

    @property
    def ok(self) -> bool:
        """True when it ran to its end with exit code 0."""
        return self.status == "exited" and self.code == 0


class Running(Protocol):
    """A program that was started for an exchange of lines. Used by one thread at a time, but for `kill`.

    Whoever started it calls `wait` in the end, also after `kill`: that reaps it and gives its pipes back.
    """

    def send(self, line: bytes, timeout_s: float = 30.0) -> bool:
        """Write one line (the newline is added). False when the program has not read it in time: it gets no more."""

    def receive(self, timeout_s: float) -> bytes | None:
        """Next line without its newline; None when none came in time or none will come (see `over`)."""

    @property
    def over(self) -> bool:
        """True when the program has ended or closed its output, and every line was received."""

    def kill(self, status: str = "cancelled") -> None:
        """End the whole process tree now. The first reason given stays."""

    def wait(self) -> Ended:
        """Close its input, read what is left, wait for the end of the whole tree. `stdout`: lines not yet received."""


class Sandbox(Protocol):
    """One level of protection: `full`, `container` or `none`."""

    @property
    def level(self) -> str:
        """The name recorded in every step and verdict."""

    def run(self, program: Program, cancel: threading.Event | None = None) -> Ended:
        """Run to the end. A program that breaks a limit, or that `cancel` stops, is data, not an exception."""

    def start(self, program: Program, cancel: threading.Event | None = None) -> Running:
        """Start for an exchange of lines; returns when it is about to run its first instruction."""
