"""Recorded completions by request hash: the cache and the `replay` kind read them, cache and `--record` write them."""

import hashlib
import json
import threading
from collections.abc import Mapping
from typing import Any, Protocol

from frmo.gateway.redact import Redactor
from frmo.model.completion import Completion, CompletionRequest
from frmo.model.state import Tokens

_KEPT = frozenset({"end_turn", "stop_sequence", "tool_use"})


class Shelf(Protocol):
    """Where recorded completions lie: content-addressed, so the same key is never written with another meaning."""

    def get(self, key: str) -> Mapping[str, Any] | None:
        """What `put` was given for `key`, or None."""

    def put(self, key: str, record: Mapping[str, Any]) -> None:
        """Keep `record` (JSON data). A key that is there already may be left as it is."""


class MemoryShelf:
    """Recorded completions of this process. Thread-safe."""

    def __init__(self, records: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._records = dict(records or {})
        self._lock = threading.Lock()

    def get(self, key: str) -> Mapping[str, Any] | None:
        """The record, or None."""
        with self._lock:
            return self._records.get(key)

    def put(self, key: str, record: Mapping[str, Any]) -> None:
        """Keep the first record of a key."""
        with self._lock:
            self._records.setdefault(key, record)


def request_hash(request: CompletionRequest) -> str:
    """SHA-256 in hex of the request alone, whoever answers it."""
    return _hash(request.to_data())


def cache_key(kind: str, model: str, request: CompletionRequest, sample: str = "") -> str:
    """SHA-256 in hex of kind, model and all of the request: messages (protocol included), parameters, schema, tools.

    `sample`: see `sample_of`; '' for the first.
    """
    data = {"kind": kind, "model": model, "request": request.to_data()}
    return _hash({**data, "sample": sample} if sample else data)


def sample_of(request: CompletionRequest, run: int, attempt: int) -> str:
    """Which sample of the same request a retry wants: another than the one that failed.

    '' for the first, and where a seed or temperature 0 would make every sample the same.
    """
    if request.temperature == 0 or request.seed is not None or (run <= 1 and attempt <= 1):
        return ""
    return f"{run}.{attempt}"


def worth_keeping(completion: Completion, redactor: Redactor) -> bool:
    """True for a reply that ended by itself and holds nothing to redact: what is kept must be the reply itself."""
    data = json.loads(json.dumps(completion.to_data()))
    return completion.stop_reason in _KEPT and redactor.data(data) == data


def completion_from(record: Mapping[str, Any]) -> Completion:
    """Read back `Completion.to_data`. Raises KeyError or TypeError on another shape."""
    content = tuple(record.get("content", ()))
    return Completion(**{**record, "tokens": Tokens(**record["tokens"]), "content": content})


def _hash(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
