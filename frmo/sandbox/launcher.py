"""Starts processes from one thread that lives as long as the worker.

The kernel sends the parent-death signal when the *thread* that forked ends, not the process: a program started by a
thread of a pool would die with that thread.
"""

import contextlib
import os
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

_NICE = 5


class Launcher:
    """One long-lived thread and the queue in front of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._asked: queue.SimpleQueue[tuple[Future[subprocess.Popen[bytes]], dict[str, Any]]] = queue.SimpleQueue()

    def start(
        self, argv: Sequence[str], *, env: Mapping[str, str], pass_fds: Sequence[int], cwd: str = "/"
    ) -> "subprocess.Popen[bytes]":
        """Start `argv` in a session of its own, with three pipes. Raises OSError as Popen does."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._serve, name="frmo-launcher", daemon=True)
                self._thread.start()
        future: Future[subprocess.Popen[bytes]] = Future()
        options = {"args": list(argv), "env": dict(env), "pass_fds": tuple(pass_fds), "cwd": cwd}
        self._asked.put((future, options))
        return future.result()

    def _serve(self) -> None:
        # Programs inherit this: what they do with the machine must not keep the watchdog from looking.
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        pipe = subprocess.PIPE
        while True:
            future, options = self._asked.get()
            try:
                process = subprocess.Popen(
                    stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, start_new_session=True, **options
                )
            except (OSError, ValueError) as error:
                future.set_exception(error)
            else:
                future.set_result(process)
            # Keep nothing of the last request alive while waiting for the next.
            del future, options


LAUNCHER = Launcher()
