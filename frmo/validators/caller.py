"""Calls of one function, one after the other, in a sandboxed process that is started again when it dies."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from frmo.sandbox.program import Running
from frmo.validators.invocation import import_paths, program, script, unsealed
from frmo.validators.subject import Subject
from frmo.validators.values import BadValue, Opaque, Value, decode, encode

_START_S = 15.0
_GRACE_S = 3.0
_SESSION_S = 600.0


@dataclass(frozen=True)
class Answer:
    """What one call gave. `kind`: value, raised, late, died, or unclear (no literal form, too large)."""

    kind: str
    value: Value = None
    raised: tuple[str, ...] = ()
    text: str = ""
    phase: str = "call"


class Caller:
    """The function `name` of `module` in `tree`. `seconds`: for one call. Close it, or use it in a `with`."""

    def __init__(self, subject: Subject, tree: Path, module: str, name: str, seconds: float) -> None:
        self._subject, self._tree, self._module, self._name = subject, tree, module, name
        self._seconds = seconds
        self._running: Running | None = None
        self._key, self._count = b"", 0

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()
            self._running = None

    def call(self, args: Sequence[Value], kwargs: Mapping[str, Value] | None = None) -> Answer:
        """One call. A call that kills or blocks the process costs the next one a start."""
        named = {key: encode(value) for key, value in (kwargs or {}).items()}
        asked = {
            "at": 0,
            "module": self._module,
            "function": self._name,
            "args": [encode(item) for item in args],
            "kwargs": named,
        }
        running = self._running or self._start()
        if running is None or not running.send(json.dumps(asked).encode()):
            return self._over("died")
        for _ in range(2):
            record = self._record(running, self._seconds + _GRACE_S)
            if record is None:
                return self._over("died" if running.over else "late")
            if record.get("kind") == "result":
                return _answer(record)
        return self._over("died")

    def _start(self) -> Running | None:
        key = secrets.token_hex(32)
        request = {"key": key, "serve": True, "seconds": self._seconds, "paths": import_paths(self._tree)}
        python = self._subject.python
        made = program(self._subject, script(python, "cases"), self._tree, (python,), seconds=_SESSION_S)
        running = self._subject.sandbox.start(made, self._subject.cancel)
        self._running, self._key, self._count = running, bytes.fromhex(key), 0
        ready = running.send(json.dumps(request).encode()) and self._record(running, _START_S)
        return running if ready else None

    def _record(self, running: Running, seconds: float) -> Mapping[str, Value] | None:
        line = running.receive(seconds)
        self._count += 1
        return unsealed(line, self._key, self._count) if line else None

    def _over(self, kind: str) -> Answer:
        self.close()
        return Answer(kind)


def _answer(record: Mapping[str, Value]) -> Answer:
    phase = str(record.get("phase", "call"))
    if record.get("late"):
        return Answer("late")
    if record.get("raised"):
        names = tuple(str(name) for name in record["raised"])
        kind = "unclear" if phase == "encode" else "raised"
        return Answer(kind, raised=names, text=str(record.get("text", "")), phase=phase)
    try:
        value = decode(record["value"])
    except (BadValue, KeyError):
        return Answer("unclear")
    return Answer("unclear" if isinstance(value, Opaque) and " at 0x" in value.text else "value", value)
