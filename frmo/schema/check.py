"""Checking data against the shipped JSON Schemas: every fault, with its place and a hint, in words for people."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any, Protocol

import jsonschema
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from frmo.errors import Fault, InputError
from frmo.schema import words
from frmo.schema.paths import FORMATS

_MAX_FAULTS = 50


class Places(Protocol):
    """Where values and keys stand in a file; (0, 0) when unknown."""

    def value(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column of the value at `path`."""

    def key(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column of the key at `path`."""


def faults(kind: str, data: Any, path: str, places: Places | None = None) -> list[Fault]:  # noqa: ANN401  parsed data
    """All faults of `data` as a `kind` (`task`, `config`, ...), by place; `path` is how they call the file."""
    found = []
    for error in _validator(kind).iter_errors(data):
        for message, hint, where, at_key in words.explained(error, schema(kind)):
            line, column = (places.key(where) if at_key else places.value(where)) if places else (0, 0)
            found.append(Fault(path, message, line, column, hint))
    found.sort(key=lambda fault: (fault.line, fault.column, fault.message))
    if len(found) > _MAX_FAULTS:
        found[_MAX_FAULTS:] = [Fault(path, f"and {len(found) - _MAX_FAULTS} more faults")]
    return found


def validate(kind: str, data: Any, path: str = "", places: Places | None = None) -> None:  # noqa: ANN401  parsed data
    """Raise InputError with every fault of `data` as a `kind`."""
    found = faults(kind, data, path or kind, places)
    if found:
        raise InputError(found)


@lru_cache
def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind. KeyError for a kind that there is none of."""
    file = resources.files("frmo") / "schemas" / f"{kind}.schema.json"
    if not file.is_file():
        raise KeyError(kind)
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def kinds() -> list[str]:
    """Every kind there is a schema of."""
    files = (resources.files("frmo") / "schemas").iterdir()
    return sorted(file.name.removesuffix(".schema.json") for file in files if file.name.endswith(".schema.json"))


@lru_cache
def _validator(kind: str) -> Any:  # noqa: ANN401  jsonschema has no public type for one
    return _STRICT(schema(kind), format_checker=FORMATS)


def _pattern(_validator: object, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:
    """JSON Schema's `$` is the end of the text; Python's would also stand before a last newline."""
    end = r"\Z" if pattern.endswith("$") else ""
    if isinstance(instance, str) and not re.search(pattern.removesuffix("$") + end, instance):
        yield ValidationError("does not match")


def _whole(_checker: object, instance: object) -> bool:
    return isinstance(instance, int) and not isinstance(instance, bool)


def _listed(_checker: object, instance: object) -> bool:
    return isinstance(instance, list | tuple)


_STRICT = extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    {"pattern": _pattern},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _whole, "array": _listed}),
)
