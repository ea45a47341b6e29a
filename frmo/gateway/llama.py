"""The local model server: one llama.cpp process for all agents of a run, started on first need, always stopped."""

import atexit
import importlib.util
import json
import os
import secrets
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx2

from frmo.errors import Interrupted, ProviderUnavailable

_START_S = 120.0
_POLL_S = 0.1
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV", "CUDA_VISIBLE_DEVICES")


@dataclass(frozen=True)
class ServerSetting:
    """`slots`: requests at once; `context_tokens`: prompt and reply of one slot; `logs`: folder for the log, or None."""

    model: Path
    slots: int
    context_tokens: int
    env: Mapping[str, str]
    logs: Path | None = None


@dataclass(frozen=True)
class Address:
    """Where the server listens, and the token that it asks for."""

    url: str
    token: str


@contextmanager
def held(lock: threading.Lock, cancel: threading.Event) -> Iterator[None]:
    """`lock`, unless `cancel` comes first: another thread may hold it while a model loads."""
    while not lock.acquire(timeout=_POLL_S):
        if cancel.is_set():
            raise Interrupted("cancelled while the local model was loading")
    try:
        yield
    finally:
        lock.release()


class LlamaServer:
    """Thread-safe. A server that died is started again on the next need."""

    def __init__(self, setting: ServerSetting) -> None:
        self._setting = setting
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._address: Address | None = None

    def address(self, cancel: threading.Event) -> Address:
        """Where to reach the running server. Raises ProviderUnavailable with the log's end when it can't start."""
        with held(self._lock, cancel):
            if self._address is None or self._process is None or self._process.poll() is not None:
                self._stop()
                self._address = self._start(cancel)
            return self._address

    @property
    def pid(self) -> int | None:
        """Process id of the server, None when none was started."""
        return self._process.pid if self._process is not None else None

    def close(self) -> None:
        """Stop the server. Safe to call twice."""
        with self._lock:
            self._stop()

    def _start(self, cancel: threading.Event) -> Address:
        if importlib.util.find_spec("xllamacpp") is None:
            raise ProviderUnavailable("local: the llama.cpp server is not installed; run: pip install 'frmo[local]'")
        token = secrets.token_hex(16)
        log = self._log()
        kept = {name: self._setting.env[name] for name in _KEPT if name in self._setting.env}
        # -P: the folder that frmo was started in is no place to import from. Its own group: Ctrl-C is for the worker.
        # Not PDEATHSIG: that follows the thread that started the process, and threads of a run come and go.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "frmo.gateway.llama_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=kept,
            start_new_session=True,
        )
        atexit.register(self.close)
        try:
            url = self._told(self._process, token, cancel)
            if url is None or not _healthy(url, token):
                raise ProviderUnavailable(
                    f"local: the llama.cpp server did not start with {self._setting.model.name}: {_end(log)}"
                )
        except BaseException:
            self._stop()
            raise
        finally:
            log.close()
        return Address(url, token)

    def _told(self, process: "subprocess.Popen[bytes]", token: str, cancel: threading.Event) -> str | None:
        """The address, when the process has loaded the model; None when it ended or takes too long."""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(self._line(token))
            process.stdin.flush()
        except BrokenPipeError:
            return None
        end = time.monotonic() + _START_S
        while not select.select([process.stdout], [], [], _POLL_S)[0]:
            if cancel.is_set():
                raise Interrupted("cancelled while the local model was loading")
            if time.monotonic() > end:
                return None
        line = process.stdout.readline()
        return str(json.loads(line)["address"]) if line else None

    def _line(self, token: str) -> bytes:
        settings: dict[str, Any] = {
            "model": str(self._setting.model),
            "token": token,
            "slots": self._setting.slots,
            "context_tokens": self._setting.context_tokens,
            "threads": threads(
                len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
            ),
        }
        return json.dumps(settings).encode() + b"\n"

    def _log(self) -> IO[bytes]:
        if self._setting.logs is None:
            return tempfile.TemporaryFile()
        self._setting.logs.mkdir(parents=True, exist_ok=True)
        return (self._setting.logs / "llama-server.log").open("w+b")

    def _stop(self) -> None:
        process, self._process, self._address = self._process, None, None
        if process is None:
            return
        atexit.unregister(self.close)
        process.kill()  # it holds nothing that could be torn
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def threads(cores: int) -> int:
    """Half the cores: its threads wait for each other at every layer, so one that shares its core slows all of them.

    Measured on 2 cores with one other busy process: 1 thread 50 tokens/s, 2 threads 2 to 7.
    """
    return max(1, cores // 2)


def _healthy(url: str, token: str) -> bool:
    try:
        with httpx2.Client(trust_env=False, timeout=10.0) as client:
            return client.get(f"{url}/health", headers={"authorization": f"Bearer {token}"}).status_code == 200
    except httpx2.HTTPError:
        return False


def _end(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode("utf-8", "replace").strip().splitlines()
    return "; ".join(line.strip() for line in lines[-2:]) or "it ended without a word"
