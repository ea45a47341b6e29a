"""Whether a value fits a schema that is not one of ours: a tool's input, a reply asked for by schema."""

from collections.abc import Mapping
from typing import Any

import jsonschema
from jsonschema.exceptions import SchemaError, best_match


def misfit(schema: Mapping[str, Any], value: Any) -> str | None:  # noqa: ANN401  parsed JSON
    """Why `value` doesn't fit `schema` (one line, with its place), or None. A broken schema fits nothing."""
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"the schema itself is broken: {error.message[:200]}"
    wrong = best_match(jsonschema.Draft202012Validator(schema).iter_errors(value))
    return None if wrong is None else f"{wrong.json_path}: {wrong.message[:200]}"
