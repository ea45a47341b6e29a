"""A program that runs: its three pipes, its limits, its end. One thread uses it; any thread may `kill` it."""

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from frmo.sandbox.disk import DiskGauge
from frmo.sandbox.memory import MemoryGauge
from frmo.sandbox.program import Ended, Limits
from frmo.sandbox.received import Received
from frmo.sandbox.tree import Tree, thread_count

_CHUNK = 1 << 16
_DEATH_S = 10.0
_LAST_S = 0.2
_THREADS = 8  # for each allowed process
_FASTEST = 4e9  # bytes a second that a program can take; what it takes between two looks must stay small
TICK_S = 0.05
_SHORTEST_S = 0.002


class Supervised:
    """What is watched of a program: the tree and its gauges. `release`: gives back what they needed."""

    def __init__(self, tree: Tree, memory: MemoryGauge, disk: DiskGauge | None, release: contextlib.ExitStack) -> None:
        self.tree, self.memory, self.disk, self._release = tree, memory, disk, release

    def breach(self, limits: Limits) -> str | None:
        """The first limit that the tree breaks now."""
        pids = self.tree.pids()
        if len(pids) > limits.processes or thread_count(self.tree, pids) > limits.processes * _THREADS:
            return "processes"
        if self.memory.over(pids):
            return "memory"
        return "disk" if self.disk and self.disk.over(pids) else None

    def close(self) -> None:
        """Give the descriptors back."""
        if self.disk:
            self.disk.close()
        self._release.close()


class RunningProgram:
    """See `frmo.sandbox.program.Running`. `end_tree` ends every process and returns when the last is dead."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", limits: Limits, cancel: threading.Event | None, text: Received
    ) -> None:
        self._process, self._limits, self._cancel, self._text = process, limits, cancel, text
        self._lock = threading.RLock()
        self._status: str | None = None
        self._started = False
        self._supervised: Supervised | None = None
        self._end_tree: Callable[[], None] = lambda: None
        self._pending = bytearray()
        self._ended: Ended | None = None
        self._began = time.monotonic()
        self._deadline = float("inf")
        self._exit_fd = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else -1
        assert process.stdin and process.stdout and process.stderr
        self._in, self._out, self._err = process.stdin.fileno(), process.stdout.fileno(), process.stderr.fileno()
        self._open = {self._out, self._err}
        self._poll = select.poll()
        for fd in (self._in, self._out, self._err):
            os.set_blocking(fd, False)
        for fd in (self._out, self._err, self._exit_fd):
            if fd >= 0:
                self._poll.register(fd, select.POLLIN)
        growth_s = min(0.1 * limits.memory_bytes, 0.4 * limits.disk_bytes) / _FASTEST
        self._look_s = min(TICK_S, max(_SHORTEST_S, growth_s))

    # Used by the sandbox that starts it.

    def await_line(self, expected: bytes, timeout_s: float) -> bool:
        """True when the very first output is `expected`; else everything is ended, and the outcome is `not_started`."""
        until = time.monotonic() + timeout_s
        while len(self._text.out) < len(expected) and not self._exited() and self._out in self._open:
            if time.monotonic() > until or (self._cancel is not None and self._cancel.is_set()):
                self.kill("not_started" if time.monotonic() > until else "cancelled")
                break
            self._exchange(0.05)
        began = bytes(self._text.out) == expected
        self._text.forget(len(expected) if began else 0)
        if not began:
            self.kill("not_started")
        return began

    def write_first(self, word: bytes) -> None:
        """Answer the line that was awaited."""
        with contextlib.suppress(OSError):
            os.write(self._in, word)

    def ends_by(self, end_tree: Callable[[], None]) -> None:
        """What ends it while it has not begun."""
        self._end_tree = end_tree

    def supervise(self, supervised: Supervised, end_tree: Callable[[], None]) -> None:
        """Its first instruction is about to run: the clock starts, and the tree is known."""
        with self._lock:
            self._started, self._supervised, self._end_tree = True, supervised, end_tree
        self._began = time.monotonic()
        self._deadline = self._began + self._limits.seconds

    # Used by the watchdog.

    @property
    def finished(self) -> bool:
        """True when the outcome is known."""
        return self._ended is not None

    @property
    def pressed(self) -> bool:
        """True when it may break its memory limit before the next usual look."""
        return self._supervised is not None and self._supervised.memory.due_s < self._look_s

    @property
    def interval_s(self) -> float:
        """How soon it has to be looked at again."""
        due_s = self._supervised.memory.due_s if self._supervised else self._look_s
        return min(self._look_s, max(_SHORTEST_S, due_s))

    def breach(self) -> str | None:
        """The status for the limit that is broken now, None while all is well."""
        with self._lock:
            if self._ended or self._status or not self._started:
                return None
            if self._cancel is not None and self._cancel.is_set():
                return "cancelled"
            if time.monotonic() > self._deadline:
                return "timeout"
            return self._supervised.breach(self._limits) if self._supervised else None

    # Used by the caller.

    def kill(self, status: str = "cancelled") -> None:
        """End the whole tree now; the first reason stays, and an end of its own is one."""
        if self._ended is None and self._out not in self._open:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_LAST_S)  # it closes its output when it is about to end
        with self._lock:
            if self._ended is None and self._status is None and self._process.poll() is None:
                self._status = status
                self._end_tree()
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()

    def send(self, line: bytes, timeout_s: float = 30.0) -> bool:
        """Write one line, reading meanwhile what the program says, so that neither waits for the other for ever."""
        self._pending += line + b"\n"
        until = time.monotonic() + timeout_s
        while self._pending and self._in >= 0 and not self._exited() and time.monotonic() < until:
            self._exchange(0.1)
        if self._pending:
            self._pending.clear()
            self._close_input()
        return self._in >= 0

    def receive(self, timeout_s: float) -> bytes | None:
        """Next line without its newline."""
        until = time.monotonic() + timeout_s
        while (line := self._text.line()) is None:
            left = until - time.monotonic()
            if not self.over and left <= 0:
                return None
            if self.over:
                return self._text.line()
            self._exchange(left)
        return line

    @property
    def over(self) -> bool:
        """No further line will come."""
        if self._exited() and self._ended is None:
            self._finish()
        return not self._text.has_line and (self._ended is not None or self._out not in self._open)

    def wait(self) -> Ended:
        """End of input, then the end of the program and of all it started."""
        while self._pending and self._in >= 0 and not self._exited():
            self._exchange(0.1)
        self._close_input()
        while not self._exited():
            self._exchange(1.0)
        if self._ended is None:
            self._finish()
        assert self._ended
        return replace(self._ended, stdout=bytes(self._text.out))

    def feed(self, data: bytes) -> None:
        """Input to be written while waiting."""
        self._pending += data

    def _exited(self) -> bool:
        return self._ended is not None or self._process.poll() is not None

    def _exchange(self, timeout_s: float) -> None:
        """Move what can be moved through the pipes within `timeout_s`."""
        if self._pending and self._in >= 0:
            self._poll.register(self._in, select.POLLOUT)
        # Without a descriptor for its end (macOS) we have to come back and ask.
        ready = self._poll.poll((timeout_s if self._exit_fd >= 0 else min(timeout_s, TICK_S)) * 1000)
        if self._pending and self._in >= 0:
            self._poll.unregister(self._in)
        for fd, _ in ready:
            if fd == self._in:
                self._write()
            elif fd in self._open:
                self._read(fd)

    def _write(self) -> None:
        try:
            del self._pending[: os.write(self._in, self._pending[:_CHUNK])]
        except BlockingIOError:
            return
        except OSError:
            self._pending.clear()
            self._close_input()

    def _read(self, fd: int) -> bool:
        """Read once; False when nothing was there."""
        try:
            data = os.read(fd, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self._open.discard(fd)
            self._poll.unregister(fd)
            return False
        if not self._text.add(data, error=fd == self._err):
            self.kill("output")
        return True

    def _close_input(self) -> None:
        if self._in >= 0:
            self._in = -1
            assert self._process.stdin
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def _finish(self) -> None:
        """The program's own process is gone: end what it left behind, read the rest, give everything back."""
        self._end_tree()
        for fd in list(self._open):
            while self._read(fd) and self._status != "output":
                pass
        with self._lock:
            duration = time.monotonic() - self._began
            code = self._process.returncode
            status = self._status or ("exited" if self._started else "not_started")
            own_code = (code if code >= 0 else 128 - code) if status == "exited" else None
            self._ended = Ended(status, own_code, bytes(self._text.out), bytes(self._text.err), duration)
            if self._supervised:
                self._supervised.close()
        self._close_input()
        if self._exit_fd >= 0:
            os.close(self._exit_fd)
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe
            pipe.close()


@contextlib.contextmanager
def begun(running: RunningProgram) -> Iterator[None]:
    """Nothing that was started is left behind when setting up what watches it fails."""
    try:
        yield
    except BaseException:
        running.kill("not_started")
        running.wait()
        raise


def kill_by_descriptor(pidfd: int) -> None:
    """SIGKILL to the process behind `pidfd`, and return when it is dead (for a namespace's first: when all are)."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    waiter = select.poll()
    waiter.register(pidfd, select.POLLIN)
    waiter.poll(_DEATH_S * 1000)
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOHANG)  # ours to reap where we are the init process
