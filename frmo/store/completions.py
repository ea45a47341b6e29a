"""The completion cache: one blob per completion, each under a ref of its own named by the request's hash.

`refs/frmo/cache/<xx>/<key>`: content-addressed, so two clones never hold different things under one name, and
`git fetch origin 'refs/frmo/cache/*:refs/frmo/cache/*'` (or push) joins their caches without conflict.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from frmo.files.json_file import canonical
from frmo.model.names import cache_ref
from frmo.repo.repository import RefUpdate, Repository

_KEY = re.compile(r"[0-9a-f]{64}")


class CachedCompletions:
    """A shelf of recorded completions in the object database. Thread-safe; first writer wins."""

    def __init__(self, repo: Repository) -> None:
        self._repo = repo

    def get(self, key: str) -> Mapping[str, Any] | None:
        """The record of `key`, or None; what is damaged or fetched from elsewhere and no record counts as missing."""
        oid = self._repo.ref(_ref(key))
        if oid is None:
            return None
        try:
            record = json.loads(self._repo.blob(oid))
        except ValueError:
            return None
        return record if isinstance(record, dict) else None

    def put(self, key: str, record: Mapping[str, Any]) -> None:
        """Keep `record` unless there is one already."""
        name = _ref(key)
        if self._repo.ref(name) is None:
            self._repo.swap([RefUpdate(name, self._repo.write_blob(canonical(record)), None)], "frmo: cache")


def _ref(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key[:80]!r} is no SHA-256 in hex")
    return cache_ref(key)
