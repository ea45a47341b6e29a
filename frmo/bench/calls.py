"""Function calls as JSON (BFCL): gold calls meet the schema made of their answers, calls with one thing wrong do not."""

import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from frmo.bench.report import Row, at_least
from frmo.bench.solutions import LIMITS
from frmo.engine.memory import Memory
from frmo.model.task import Task, Validation
from frmo.sandbox.choice import choose
from frmo.validators.interpreter import own
from frmo.validators.levels import validate
from frmo.validators.subject import Subject

_SETS = ("BFCL_v4_simple_python.json", "BFCL_v4_multiple.json")
_LEVELS = {1: ("data_syntax",), 2: ("data_schema",)}
Call = dict[str, Any]


def call_rows(folder: Path, progress: Callable[[str], None], sample: int | None) -> Iterator[Row]:
    """Gold accepted; each kind of wrong call refused."""
    answers = _answers(folder)[:sample]
    judge = _Judge()
    kinds: list[tuple[str, Schema, Call]] = []
    for name, parameters in answers:
        schema, gold = _schema(name, parameters), _gold(name, parameters)
        kinds.append(("gold", schema, gold))
        kinds += [(kind, schema, wrong) for kind, wrong in _wrong(gold)]
    progress(f"BFCL: {len(answers)} calls, {len(kinds) - len(answers)} with one thing wrong")
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        passed = list(pool.map(lambda item: judge(item[1], item[2]), kinds))
    found = [(kind, good) for (kind, _, _), good in zip(kinds, passed, strict=True)]
    golds = [good for kind, good in found if kind == "gold"]
    wrongs = [good for kind, good in found if kind != "gold"]
    yield at_least(f"BFCL: accepted of {len(golds)} gold calls", sum(golds) / max(1, len(golds)), 1.0)
    yield at_least(f"BFCL: refused of {len(wrongs)} wrong calls", 1 - sum(wrongs) / max(1, len(wrongs)), 1.0)


Schema = dict[str, Any]


def _answers(folder: Path) -> list[tuple[str, Mapping[str, Sequence[Any]]]]:
    """Function and, by parameter, the values that are right; "" among them: it may be left out."""
    found = []
    with tarfile.open(folder / "tasks_bfcl.tar.gz") as archive:
        for name in _SETS:
            file = archive.extractfile(f"possible_answer/{name}")
            assert file
            for line in file.read().decode().split("\n"):
                found += [item for call in json.loads(line)["ground_truth"] for item in call.items()] if line else []
    return found


def _schema(name: str, parameters: Mapping[str, Sequence[Any]]) -> Schema:
    return {
        "type": "object",
        "properties": {
            "name": {"const": name},
            "arguments": {
                "type": "object",
                "properties": {
                    key: {"anyOf": [_value(item) for item in values if item != ""]}
                    for key, values in parameters.items()
                },
                "required": [key for key, values in parameters.items() if "" not in values],
                "additionalProperties": False,
            },
        },
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _one_of(values: Sequence[Any]) -> Schema:
    return {"anyOf": [_value(item) for item in values if item != ""] or [{"not": {}}]}


def _value(value: Any) -> Schema:  # noqa: ANN401  parsed JSON
    """A right value; inside a mapping each key has its own list of right values."""
    if isinstance(value, dict):
        inner = {key: items if isinstance(items, list) else [items] for key, items in value.items()}
        properties = {
            key: {"anyOf": [_value(item) for item in items if item != ""] or [{}]} for key, items in inner.items()
        }
        required = [key for key, items in inner.items() if "" not in items]
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    if isinstance(value, list):
        items = {"prefixItems": [_value(item) for item in value]} if value else {}
        return {"type": "array", **items, "minItems": len(value), "maxItems": len(value)}
    # A schema takes True for 1; a call doesn't.
    kind = {"type": "boolean"} if isinstance(value, bool) else {}
    return {"const": value, **kind}


def _gold(name: str, parameters: Mapping[str, Sequence[Any]]) -> Call:
    chosen = {key: _first(values) for key, values in parameters.items() if "" not in values}
    return {"name": name, "arguments": chosen}


def _first(values: Sequence[Any]) -> Any:  # noqa: ANN401  parsed JSON
    value = next(item for item in values if item != "")
    if isinstance(value, dict):
        inner = {key: items if isinstance(items, list) else [items] for key, items in value.items()}
        return {key: _first(items) for key, items in inner.items() if "" not in items}
    return [_first([item]) for item in value] if isinstance(value, list) else value


def _wrong(gold: Call) -> Iterator[tuple[str, Call]]:
    """The gold with one thing wrong."""
    arguments = gold["arguments"]
    yield "another function", {**gold, "name": gold["name"] + "_2"}
    yield "another parameter", {**gold, "arguments": {**arguments, "no_such_parameter": 1}}
    yield "no arguments", {"name": gold["name"]}
    for key in list(arguments)[:1]:
        yield "one missing", {**gold, "arguments": {name: value for name, value in arguments.items() if name != key}}
        yield "another type", {**gold, "arguments": {**arguments, key: {"wrong": [arguments[key]]}}}
        yield "another value", {**gold, "arguments": {**arguments, key: _other(arguments[key])}}


def _other(value: Any) -> Any:  # noqa: ANN401  parsed JSON
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 982451
    return f"{value} 982451" if isinstance(value, str) else [value, value, "982451"]


class _Judge:
    """Judges one call as a data file, against a schema of the base commit."""

    def __init__(self) -> None:
        self._sandbox, self._memory = choose(os.environ), Memory()

    def __call__(self, schema: Schema, call: Call) -> bool:
        with tempfile.TemporaryDirectory() as name:
            base, work, checks = (Path(name) / part for part in ("base", "work", "checks"))
            for folder in (base, work, checks):
                folder.mkdir()
            (base / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
            (work / "call.json").write_text(json.dumps(call), encoding="utf-8")
            given = {"data_schema": {"schemas": [{"files": "call.json", "schema": "schema.json"}]}}
            subject = Subject(
                task=Task("bench-call", "bench", {}, "bench", validation=Validation(checks=given)),
                work=work, base=base, changed=("call.json",), sandbox=self._sandbox, python=own(), tools=own(),
                scratch=checks, limits=LIMITS, remember=self._memory,
            )  # fmt: skip
            return validate(subject, _LEVELS, 2)[0].passed
