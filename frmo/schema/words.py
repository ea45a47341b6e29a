"""What jsonschema found, in words for people: what, where, and what was probably meant."""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from frmo.schema.paths import why_not

Error = Any  # a jsonschema ValidationError, whose fields are typed as "perhaps unset"

# message, hint, path in the data, True when the key and not the value is meant
Explained = tuple[str, str, tuple[str | int, ...], bool]
_TYPES = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false", "array": "a list",
    "object": "a mapping", "null": "nothing",
}  # fmt: skip


def explained(error: Error, whole: Mapping[str, Any]) -> Iterator[Explained]:
    """The faults in one `error`; `whole`: the kind's schema, to tell where an unknown key belongs."""
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties" and error.validator_value is False:
        yield from _unknown_keys(error, path, whole)
    elif error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        if missing and error.message.startswith(repr(missing[0])):  # one error per missing key: take each once
            for key in missing:
                yield f"{_named((*path, key))} is missing", "", path, False
    elif "propertyNames" in error.schema_path:
        yield _bad_key(error, path)
    else:
        message, hint = _about(error, path)
        yield message, hint, path, False


def _unknown_keys(error: Error, path: tuple[str | int, ...], whole: Mapping[str, Any]) -> Iterator[Explained]:
    known = list(error.schema.get("properties", {}))
    for key in error.instance:
        if key not in known:
            yield f"unknown key {_shown(key)}", _meant(str(key), known, path, whole), (*path, key), True


def _meant(key: str, known: Sequence[str], path: tuple[str | int, ...], whole: Mapping[str, Any]) -> str:
    elsewhere = [
        where for where in _homes(whole, key) if where != tuple(part for part in path if isinstance(part, str))
    ]
    if close := get_close_matches(key.lower(), known, 1, 0.7):
        return f"did you mean '{close[0]}'?"
    if elsewhere:
        return f"it belongs under '{'.'.join(elsewhere[0])}'" if elsewhere[0] else "it belongs at the top"
    return f"known are: {', '.join(sorted(known))}" if known else ""


def _homes(schema: Mapping[str, Any], key: str, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Paths of the mappings, at most two levels down, that know `key`."""
    properties = schema.get("properties", {})
    found = [at] if key in properties else []
    if len(at) < 2:
        for name, inner in properties.items():
            found += _homes(inner, key, (*at, name)) if isinstance(inner, Mapping) else []
    return found


def _bad_key(error: Error, path: tuple[str | int, ...]) -> Explained:
    key = str(error.instance)
    if error.validator == "enum":
        return f"unknown key {_shown(key)}", _choice(key, error.validator_value), (*path, key), True
    return f"the key {_shown(key)} must be {error.schema.get('description', 'shorter')}", "", (*path, key), True


def _about(error: Error, path: tuple[str | int, ...]) -> tuple[str, str]:
    name, limit, value = _named(path), error.validator_value, error.instance
    hint = ""
    match error.validator:
        case "type":
            wanted = " or ".join(_TYPES[item] for item in ([limit] if isinstance(limit, str) else limit))
            message = f"must be {wanted}, not {_kind_of(value)}"
            hint = "put quotes around it" if "text" in wanted and isinstance(value, int | float) else ""
        case "enum":
            message, hint = f"can't be {_shown(value)}", _choice(str(value), limit)
        case "const":
            message = f"must be {_shown(limit)}, not {_shown(value)}"
        case "minimum":
            message = f"must be at least {limit}, not {_shown(value)}"
        case "exclusiveMinimum":
            message = f"must be more than {limit}, not {_shown(value)}"
        case "maximum" | "exclusiveMaximum":
            message = f"must be at most {limit}, not {_shown(value)}"
        case "minLength" | "minItems" | "minProperties":
            message = "must not be empty"
        case "maxLength":
            message = f"is longer than {limit} characters"
        case "maxItems" | "maxProperties":
            message = f"holds more than {limit} entries"
        case "uniqueItems":
            message = "names something twice"
        case "format":
            message = f"{_shown(value)} {why_not(str(value))}"
            hint = "name a path inside the repository, with forward slashes"
        case _:
            shown = f", not {_shown(value)}" if isinstance(value, str | int | float) else ""
            message = f"must be {error.schema.get('description', 'something else')}{shown}"
    return f"{name} {message}", hint


def _choice(value: str, known: Sequence[Any]) -> str:
    options = [str(item) for item in known if item is not None]
    if close := get_close_matches(value.lower(), options, 1, 0.6):
        return f"did you mean '{close[0]}'?"
    return f"known are: {', '.join(options)}"


def _named(path: tuple[str | int, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    return text[:200] or "the file"


def _kind_of(value: object) -> str:
    names = {str: "text", bool: _shown(value), int: "a number", float: "a number", list: "a list", dict: "a mapping"}
    return names.get(type(value), "nothing") + (f" ({_shown(value)})" if type(value) in (str, int, float) else "")


def _shown(value: object) -> str:
    if isinstance(value, str):
        flat = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in value[:60])
        return f"'{flat}" + ("…'" if len(value) > 60 else "'")
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:59] + "…"
