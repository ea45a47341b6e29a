"""`frmo status`: where every task stands."""

from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, warn
from frmo.cli.table import show_rows
from frmo.engine.result import Summary
from frmo.engine.standing import standing
from frmo.store.config import load_config
from frmo.store.workspace import Workspace


@click.command()
@click.argument("tasks", nargs=-1, metavar="[TASK...]")
@common_options
def status(tasks: tuple[str, ...], directory: Path, as_json: bool, quiet: bool, verbose: bool) -> int:
    """Where every task stands: state, attempts, cost, branch. Changes nothing. Exit code 2 when the inbox has faults."""
    workspace = Workspace.open(directory)
    for text in load_config(workspace)[1]:
        warn(text)
    rows, faults = standing(workspace, tasks)
    if as_json:
        print_json(Summary(rows, faults).to_data())
    else:
        for fault in faults:
            warn(str(fault))
        if rows:
            show_rows(rows)
        else:
            note("no tasks yet; `frmo new TITLE` writes one", quiet=quiet)
    return 2 if faults else 0
