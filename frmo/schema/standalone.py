"""Data against any JSON Schema (2020-12), as a program of its own: `{schema, data, rows}` on stdin, faults on stdout.

Run in the sandbox: the schema and the data may come from anybody. `rows`: the schema is that of each item of a list.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import jsonschema

_MOST = 50


def main() -> None:
    """`{"faults": [{path, rule, message}]}`, or `{"broken": why}` for a schema that is none."""
    request = json.load(sys.stdin)
    kind: Any = jsonschema.validators.validator_for(request["schema"], default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(request["schema"])
        answer: dict[str, Any] = {"faults": list(faults(kind(request["schema"]), request["data"], request["rows"]))}
    except Exception as fault:  # noqa: BLE001  whatever it raises (references, patterns, depth), the schema is at fault
        answer = {"broken": str(getattr(fault, "message", fault))[:500]}
    print(json.dumps(answer))  # noqa: T201  stdout is how it answers


def faults(validator: Any, data: Any, rows: bool) -> Iterator[dict[str, Any]]:  # noqa: ANN401  parsed JSON
    """The first faults, in the order of their places."""
    instances = enumerate(data) if rows and isinstance(data, list) else [(None, data)]
    count = 0
    for index, instance in instances:
        for error in validator.iter_errors(instance):
            path = [*([] if index is None else [index]), *error.absolute_path]
            yield {"path": path, "rule": str(error.validator), "message": error.message[:500]}
            count += 1
            if count >= _MOST:
                return


if __name__ == "__main__":
    main()
