"""The shell tool: one command in the worktree, with a deadline and a cap on what is shown; nothing of it lives on.

Its processes are ended when it has ended, so that the worktree rests while the worker reads it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time

TYPE_CHECKING = False  # importing `typing` would cost every agent process 2 ms
if TYPE_CHECKING:
    from typing import Any

MAX_SHOWN = 16_000
DEFAULT_S = 120.0
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: what a command leaves behind becomes our child, wherever it hides


def run_command(command: str, root: str, timeout_s: float = DEFAULT_S) -> tuple[str, bool]:
    """Output (both streams, the middle left out where it is long) with how it ended, and whether that was well."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            ["/bin/sh" if not os.path.exists("/bin/bash") else "/bin/bash", "-c", command],  # noqa: PTH110  pathlib costs 5 ms
            cwd=root, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            code: int | None = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            code = None
        end_descendants(process)
        text = shown(output)
    if code is None:
        return f"{text}\n[stopped: not done after {timeout_s:g} s]", False
    return (text or "[no output]") if code == 0 else f"{text}\n[exit code {code}]", code == 0


def adopt_orphans() -> None:
    """Become the parent of what commands leave behind. Where the system can't (macOS), process groups have to do."""
    import ctypes  # noqa: PLC0415  5 ms that only agents with tools pay

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def end_descendants(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the command's group and to every descendant of this process, until none is left."""
    for _ in range(200):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        left = _descendants(os.getpid())
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not left:
            break
        time.sleep(0.005)
    with contextlib.suppress(ChildProcessError, subprocess.TimeoutExpired):
        process.wait(1)


def _descendants(root: int) -> list[int]:
    """Pids below `root` that are not dead yet."""
    parents: dict[int, int] = {}
    try:
        names = os.listdir("/proc")  # noqa: PTH208
    except OSError:
        return []
    for name in names:
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123  pathlib costs 5 ms
                state, parent = file.read().rpartition(b")")[2].split()[:2]
                parents[int(name)] = int(parent) if state != b"Z" else -1
    found: list[int] = []
    edge = [root]
    while edge:
        edge = [pid for pid, parent in parents.items() if parent in edge]
        found += edge
    return found


def shown(output: Any) -> str:  # noqa: ANN401  a binary file
    """What a file of output holds, its middle left out where it is long."""
    output.seek(0, 2)
    size = output.tell()
    output.seek(0)
    if size <= MAX_SHOWN:
        return str(output.read().decode("utf-8", "replace")).rstrip("\n")
    half = MAX_SHOWN // 2
    head = output.read(half)
    output.seek(size - half)
    tail = output.read(half)
    cut = f"\n[{size - MAX_SHOWN} bytes left out]\n"
    return str(head.decode("utf-8", "replace")) + cut + str(tail.decode("utf-8", "replace")).rstrip("\n")
