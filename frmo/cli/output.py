"""What a verb prints: results on stdout, everything else on stderr, one JSON object with `--json`."""

import json
from typing import Any

import click


def result(text: str) -> None:
    """One line (or block) of results on stdout. Control characters of files and agents can't reach the terminal."""
    click.echo(printable(text))


def note(text: str, *, quiet: bool = False) -> None:
    """Something to know on the way, on stderr; nothing when `quiet`."""
    if not quiet:
        click.echo(printable(text), err=True)


def warn(text: str) -> None:
    """A warning on stderr, also when quiet."""
    click.echo("frmo: " + printable(text), err=True)


def print_json(data: Any) -> None:  # noqa: ANN401  any JSON data
    """The one object of `--json`: sorted keys, 2-space indent, pure ASCII so that every pipe can carry it."""
    click.echo(json.dumps(data, indent=2, sort_keys=True))


def printable(text: str) -> str:
    """`text` with control characters shown as `\\x1b`-style escapes; newlines and tabs stay."""
    return "".join(char if char.isprintable() or char in "\n\t" else ascii(char)[1:-1] for char in text)
