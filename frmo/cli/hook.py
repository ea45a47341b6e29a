"""`frmo hook EVENT`: what the installed git hooks call."""

import os
from collections.abc import Iterable
from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json
from frmo.errors import Fault, InputError, NotAWorkspace
from frmo.store.push import push_faults, push_from
from frmo.store.rules import faults_between
from frmo.store.workspace import Workspace

_BATCH = 100_000


@click.command()
@click.argument("event", type=click.Choice(["pre-commit", "pre-receive"]))
@click.argument("values", nargs=-1)
@common_options
def hook(event: str, values: tuple[str, ...], directory: Path, as_json: bool, quiet: bool, verbose: bool) -> int:
    """Check what a git event is about. Exit code 2 refuses it.

    pre-commit TREE: the staged tree (`git write-tree`) against HEAD: files that frmo writes must be canonical, config,
    protocols and the like valid. pre-receive: the lines that git gives on stdin: every commit of an agent's branch must
    be one that an agent may make, and the ledger only be added to.
    """
    if len(values) != (event == "pre-commit"):
        raise click.UsageError(f"{event} takes {'the oid of the staged tree' if event == 'pre-commit' else 'no value'}.")
    try:
        workspace = Workspace.open(directory)
    except NotAWorkspace:
        return 0
    if event == "pre-receive":
        faults = _pushed(workspace, click.get_text_stream("stdin"))
    else:
        faults = faults_between(workspace, workspace.repo.head(), values[0])
    if as_json:
        print_json({"event": event, "faults": [vars(fault) for fault in faults], "ok": not faults})
        return 2 if faults else 0
    if faults:
        raise InputError(faults)
    note("frmo: it is as it should be", quiet=quiet or not verbose)
    return 0


def _pushed(workspace: Workspace, lines: Iterable[str]) -> list[Fault]:
    """Why the push is refused. What it brings is in a folder of its own until the hook lets it in."""
    if apart := os.environ.get("GIT_QUARANTINE_PATH"):
        workspace.repo.also_read(Path(apart))
    try:
        pushed = [push_from(line.rstrip("\n")) for _, line in zip(range(_BATCH), lines, strict=False)]
    except ValueError:
        raise click.UsageError("pre-receive reads `<old> <new> <ref>` lines from stdin.") from None
    return [Fault("push", why) for why in push_faults(workspace, pushed)]
