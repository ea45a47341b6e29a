"""Which reader and writer a file's name asks for."""

from typing import Any

from frmo.files import json_file, yaml_file
from frmo.files.document import DEFAULT_CAPS, Caps, Document

SUFFIXES = (".yaml", ".yml", ".json")


def parse(content: bytes, name: str, caps: Caps = DEFAULT_CAPS) -> Document:
    """Read as JSON when `name` ends with .json, else as YAML; never raises."""
    return json_file.parse(content, name, caps) if name.endswith(".json") else yaml_file.parse(content, name, caps)


def canonical(data: Any, name: str) -> bytes:  # noqa: ANN401  JSON data
    """Canonical bytes in the format that `name` ends with."""
    return json_file.canonical(data) if name.endswith(".json") else yaml_file.canonical(data)
