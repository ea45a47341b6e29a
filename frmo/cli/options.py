"""The options that every verb shares: where, how results are printed, how much is said on the way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def common_options(command: Command) -> Command:
    """Add `-C DIR`, `--json`, `-q`, `-v`; the command gets `directory: Path, as_json, quiet, verbose: bool`."""
    for option in (
        click.option("-v", "--verbose", is_flag=True, help="Say more on the way (stderr)."),
        click.option("-q", "--quiet", is_flag=True, help="Results and errors only."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text."),
        click.option(
            "-C",
            "directory",
            metavar="DIR",
            default=".",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="Work in DIR instead of here.",
        ),
    ):
        command = option(command)
    return command
