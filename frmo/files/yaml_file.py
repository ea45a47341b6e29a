"""YAML, strictly: one document of mappings with text keys, lists and JSON values; every fault with its place.

Unlike YAML 1.1: no tags, merge keys, dates, octals or yes/no booleans; see `scalar`.
"""

from collections.abc import Iterator
from typing import Any

import yaml

from frmo.files import scalar
from frmo.files.document import DEFAULT_CAPS, Caps, Document, Faults, Unreadable
from frmo.files.text import decode, refuse_controls, storable
from frmo.files.yaml_builder import Builder

_HINTS = (
    ("cannot start any token", "indent with spaces, not tabs, and quote a text that begins with @, ` or %"),
    ("mapping values are not allowed", "quote a text that holds ': '"),
    ("did not find expected key", "look for a wrong indent or a missing quote"),
    ("expected <block end>", "look for a wrong indent or a missing quote"),
    ("could not find expected ':'", "a key needs ': ' behind it"),
    ("unexpected end of stream", "a quote or bracket is not closed"),
)


def parse(content: bytes, name: str, caps: Caps = DEFAULT_CAPS) -> Document:
    """Read `content`; never raises on any bytes. `name` is how faults call the file."""
    faults = Faults(name, caps.faults)
    builder = Builder(faults, caps)
    notes: tuple[str, ...] = ()
    try:
        text, notes = decode(content, caps, faults)
        refuse_controls(text, faults)
        for event in _events(text, faults):
            builder.feed(event)
        builder.finish()
    except Unreadable:
        return Document(None, False, faults.all(), notes, builder.positions)
    return Document(builder.root, True, faults.all(), notes, builder.positions)


def load(content: bytes, name: str, caps: Caps = DEFAULT_CAPS) -> Any:  # noqa: ANN401  parsed data
    """Data of `content`. Raises InputError with every fault."""
    return parse(content, name, caps).checked()


def _events(text: str, faults: Faults) -> Iterator[yaml.Event]:
    loader = (yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader)(text)
    try:
        while event := loader.get_event():
            yield event
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "can't be read"
        around = f", {error.context}" if error.context else ""
        if error.context_mark and error.context and mark and error.context_mark.line != mark.line:
            around += f" that begins on line {error.context_mark.line + 1}"
        hint = next((text for sign, text in _HINTS if sign in problem), "")
        faults.add(f"is not valid YAML: {problem}{around}", (mark.line + 1, mark.column + 1) if mark else (0, 0), hint)
        raise Unreadable from None
    except yaml.YAMLError as error:
        faults.add(f"is not valid YAML: {str(error).splitlines()[0]}")
        raise Unreadable from None
    finally:
        loader.dispose()


def canonical(data: Any) -> bytes:  # noqa: ANN401  JSON data
    """`data` as YAML, the same bytes for the same data: sorted keys, block style, UTF-8, newline at the end."""
    text: str = yaml.dump(
        data, Dumper=_Writer, sort_keys=True, allow_unicode=True, default_flow_style=False, width=110, indent=2
    )
    return storable(text)


class _Writer(yaml.SafeDumper):
    """Quotes whatever `parse` would not read back as the same text; long texts stand as blocks; no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401  any node
        """Values are written out each time."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists below their key."""
        super().increase_indent(flow, indentless=False)


def _text_node(writer: _Writer, text: str) -> yaml.ScalarNode:
    return writer.represent_scalar("tag:yaml.org,2002:str", storable(text).decode(), style=_style(text))


def _style(text: str) -> str | None:
    if any(not char.isprintable() and char != "\n" for char in text) or text.startswith("\n"):
        return '"'
    if "\n" in text:
        return "|"
    try:
        return None if scalar.plain_value(text) == text else "'"
    except scalar.Doubtful:
        return "'"


_Writer.add_representer(str, _text_node)
