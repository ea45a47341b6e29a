"""`frmo run`: work through what is pending and stop."""

import os
import socket
from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, warn
from frmo.cli.progress import progress
from frmo.cli.stopping import stopping
from frmo.cli.surroundings import surroundings
from frmo.cli.table import show_rows
from frmo.engine.batch import plan_batch, run_batch
from frmo.engine.result import Summary
from frmo.store.config import load_config
from frmo.store.workspace import Workspace


@click.command()
@click.argument("tasks", nargs=-1, metavar="[TASK...]")
@click.option("-j", "--jobs", type=click.IntRange(1, 1000), help="Tasks at once; default from the configuration.")
@click.option("--agent", metavar="KIND", help="Agent kind for new tasks: anthropic, local, scripted.")
@click.option("--again", is_flag=True, help="Give finished TASKs a new run.")
@click.option("--dry-run", is_flag=True, help="Say what would be worked on, and stop.")
@click.option(
    "--script",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Replies of the scripted kind (YAML or JSON).",
)
@common_options
def run(
    tasks: tuple[str, ...],
    jobs: int | None,
    agent: str | None,
    again: bool,
    dry_run: bool,
    script: Path | None,
    directory: Path,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Work through what is pending and stop: the batch job.

    TASK is an id, a file of the inbox or its name; without one, everything that is not finished.
    """
    workspace = Workspace.open(directory)
    config, warnings = load_config(workspace)
    for text in warnings:
        warn(text)
    batch = plan_batch(workspace, tasks, again=again)
    for fault in batch.faults:
        warn(str(fault))
    if dry_run:
        _show(Summary(batch.rows(), batch.faults), as_json=as_json, quiet=quiet)
        return 0
    with stopping() as stop, progress(len(batch.work), quiet=quiet or as_json, verbose=verbose) as voice:
        around = surroundings(script=script, notify=voice.step, notice=voice.wait)
        name = f"{socket.gethostname()}-{os.getpid()}"
        summary = run_batch(batch, workspace, config, around, jobs=jobs, agent=agent, name=name, stop=stop)
    _show(summary, as_json=as_json, quiet=quiet)
    return summary.exit_code


def _show(summary: Summary, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json(summary.to_data())
    elif summary.rows:
        show_rows(summary.rows)
        note("look further: frmo log TASK, frmo diff TASK, frmo review", quiet=quiet)
    else:
        note("nothing is pending; `frmo new TITLE` writes a task", quiet=quiet)
