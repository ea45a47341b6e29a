"""`frmo hook EVENT`: what the installed git hooks call."""

from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json
from frmo.errors import InputError, NotAWorkspace
from frmo.store.rules import faults_between
from frmo.store.workspace import Workspace


@click.command()
@click.argument("event", type=click.Choice(["pre-commit"]))
@click.argument("values", nargs=-1)
@common_options
def hook(event: str, values: tuple[str, ...], directory: Path, as_json: bool, quiet: bool, verbose: bool) -> int:
    """Check what a git event is about. pre-commit TREE: the staged tree (`git write-tree`) against HEAD.

    Files that frmo writes must be canonical, config, protocols and the like valid. Exit code 2 refuses the commit.
    """
    if len(values) != 1:
        raise click.UsageError(f"{event} takes one value: the oid of the staged tree (`git write-tree`).")
    try:
        workspace = Workspace.open(directory)
    except NotAWorkspace:
        return 0
    faults = faults_between(workspace, workspace.repo.head(), values[0])
    if as_json:
        print_json({"event": event, "faults": [vars(fault) for fault in faults], "ok": not faults})
        return 2 if faults else 0
    if faults:
        raise InputError(faults)
    note("frmo: staged files are as they should be", quiet=quiet or not verbose)
    return 0
