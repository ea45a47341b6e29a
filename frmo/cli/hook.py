"""`frmo hook EVENT`: what the installed git hooks call."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, warn
from frmo.errors import Fault, InputError, NotAWorkspace
from frmo.learn.passage import passage
from frmo.store.push import push_faults, push_from
from frmo.store.rules import faults_between
from frmo.store.workspace import Workspace

_BATCH = 100_000
# What each event is given on the command line.
_VALUES: dict[str, tuple[str, ...]] = {
    "pre-commit": ("the oid of the staged tree",),
    "pre-receive": (),
    "reference-transaction": ("the old oid", "the new oid"),
}


@click.command()
@click.argument("event", type=click.Choice(list(_VALUES)))
@click.argument("values", nargs=-1)
@common_options
def hook(event: str, values: tuple[str, ...], directory: Path, as_json: bool, quiet: bool, verbose: bool) -> int:
    """Check what a git event is about. Exit code 2 refuses it.

    pre-commit TREE: the staged tree (`git write-tree`) against HEAD: files that frmo writes must be canonical, config,
    protocols and the like valid. reference-transaction OLD NEW: protocols that frmo changed need the proof of their
    trial; a person's own change is named. pre-receive: the lines that git gives on stdin: every commit of an agent's
    branch must be one that an agent may make, and the ledger only be added to.
    """
    if len(values) != len(_VALUES[event]):
        raise click.UsageError(f"{event} takes {' and '.join(_VALUES[event]) or 'no value'}.")
    try:
        workspace = Workspace.open(directory)
    except NotAWorkspace:
        return 0
    faults, notes = _checked(workspace, event, values)
    if as_json:
        print_json(
            {"event": event, "faults": [vars(fault) for fault in faults], "notes": list(notes), "ok": not faults}
        )
        return 2 if faults else 0
    for text in notes:
        warn(text)
    if faults:
        raise InputError(faults)
    note(f"frmo: {event}: it is as it should be", quiet=quiet or not verbose)
    return 0


def _checked(workspace: Workspace, event: str, values: tuple[str, ...]) -> tuple[list[Fault], tuple[str, ...]]:
    """Faults that refuse the event, and notes for the person."""
    if event == "pre-commit":
        return faults_between(workspace, workspace.repo.head(), values[0]), ()
    if event == "reference-transaction":
        return passage(workspace, values[0], values[1])
    return _pushed(workspace, sys.stdin), ()


def _pushed(workspace: Workspace, lines: Iterable[str]) -> list[Fault]:
    """Why the push is refused. What it brings is in a folder of its own until the hook lets it in."""
    if apart := os.environ.get("GIT_QUARANTINE_PATH"):
        workspace.repo.also_read(Path(apart))
    try:
        pushed = [push_from(line.rstrip("\n")) for _, line in zip(range(_BATCH), lines, strict=False)]
    except ValueError:
        raise click.UsageError("pre-receive reads `<old> <new> <ref>` lines from stdin.") from None
    return [Fault("push", why) for why in push_faults(workspace, pushed)]
