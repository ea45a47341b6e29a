"""What one worker remembers of validations: results that depend on content alone, made once for all its walks."""

import threading
from collections.abc import Callable


class Memory:
    """A thread-safe cache by key. Two walks that need the same value at once make it once."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}
        self._making: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def __call__(self, key: str, make: Callable[[], bytes]) -> bytes:
        """The value of `key`, made by `make` when it is not there. What `make` raises is not remembered."""
        with self._lock:
            if key in self._values:
                return self._values[key]
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            if key not in self._values:
                self._values[key] = make()
            return self._values[key]
