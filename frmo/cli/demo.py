"""`frmo demo`: the main job on a fresh machine, from task files to branches, with a real model."""

import os
import shutil
import socket
import sys
import time
from pathlib import Path

import click

from frmo.cli.bubblewrap import ensure_bubblewrap
from frmo.cli.models import fetched
from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, result
from frmo.cli.progress import progress
from frmo.cli.stopping import stopping
from frmo.cli.surroundings import surroundings
from frmo.cli.table import show_rows
from frmo.engine.batch import plan_batch, run_batch
from frmo.engine.demo import drop_tasks, make_project
from frmo.engine.result import Row, Summary
from frmo.engine.runs import errors_of
from frmo.gateway.kinds import meant
from frmo.gateway.weights import DEFAULT
from frmo.model.state import State
from frmo.store.config import load_config
from frmo.store.deliverable import diff_text
from frmo.store.ledger import Ledger
from frmo.store.runs import TaskRun
from frmo.store.seed import plant
from frmo.store.workspace import Workspace


@click.command()
@click.argument("folder", default="frmo-demo", type=click.Path(path_type=Path))
@click.option("--agent", default="local", show_default=True, metavar="KIND", help="anthropic runs on your key.")
@click.option("-j", "--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Tasks at once.")
@click.option("--yes", is_flag=True, help="Install bubblewrap through sudo when it is missing.")
@click.option("--script", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="For the scripted kind.")
@common_options
def demo(
    folder: Path,
    agent: str,
    jobs: int,
    yes: bool,
    script: Path | None,
    directory: Path,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Make a small repository in FOLDER, drop six tasks into it and work through them with a real model.

    The local model is tiny: it does the first tasks and fails honestly at the rest.
    """
    folder = (directory / folder).absolute()
    ensure_bubblewrap(yes=yes)
    kind = meant(agent, os.environ)
    if kind == "local":
        note(f"model: {DEFAULT.name}, about {DEFAULT.download >> 20} MB to download the first time", quiet=quiet)
        fetched(DEFAULT.name, quiet=quiet or as_json)
    make_project(folder)
    plant(folder, now=time.time())
    workspace = Workspace.open(folder)
    dropped = drop_tasks(folder, workspace.path("tasks"))
    note(f"{folder}: a repository with {len(dropped)} task files in {workspace.path('tasks')}/", quiet=quiet)
    summary = _worked(workspace, kind, jobs, script, quiet=quiet or as_json)
    if as_json:
        print_json({"folder": str(folder), **summary.to_data()})
    else:
        _told(workspace, summary, folder)
    complete = sum(row.state == State.COMPLETE for row in summary.rows)
    return summary.exit_code if summary.exit_code not in (0, 1) else int(complete == 0)


def _worked(workspace: Workspace, kind: str, jobs: int, script: Path | None, *, quiet: bool) -> Summary:
    batch = plan_batch(workspace, (), again=False)
    with stopping() as stop, progress(len(batch.work), quiet=quiet, verbose=True) as voice:
        around = surroundings(script=script, notify=voice.step, notice=voice.wait)
        config, _ = load_config(workspace)
        name = f"{socket.gethostname()}-{os.getpid()}"
        return run_batch(batch, workspace, config, around, jobs=jobs, agent=kind, name=name, stop=stop)


def _told(workspace: Workspace, summary: Summary, folder: Path) -> None:
    """Table, one diff, the errors, the cost, and three commands to look further."""
    click.echo()
    show_rows(summary.rows)
    complete = [row for row in summary.rows if row.state == State.COMPLETE]
    if complete:
        _show_diff(workspace, complete[0])
    _show_errors(workspace, summary)
    totals = Ledger(workspace).totals()
    result(
        f"\n{len(complete)} of {len(summary.rows)} complete, judged by tests and cases in a sandbox; "
        f"{totals.tokens.total} tokens, ${totals.cost_usd:.4f}. Failed tasks failed honestly: nothing of them is accepted."
    )
    first = complete[0].task if complete else summary.rows[0].task
    name = "frmo" if shutil.which("frmo") else str(Path(sys.argv[0]).absolute())
    steps = (f"cd {folder}", "git log --graph --all --format='%h %s'", f"{name} log {first}", f"{name} accept {first}")
    result("\nLook further:\n" + "\n".join(f"  {step}" for step in steps))


def _show_diff(workspace: Workspace, row: Row) -> None:
    run = TaskRun.load(workspace, row.task)
    assert run is not None
    result(f"\nThe deliverable on {row.branch} (frmo diff {row.task}):")
    click.echo(diff_text(run, color=sys.stdout.isatty()), nl=False)


def _show_errors(workspace: Workspace, summary: Summary) -> None:
    result("\nErrors recorded (frmo errors):")
    for row in summary.rows:
        found = [error for error in errors_of(workspace, row.task) if error.decides]
        if found:
            first = found[-1]
            text = first.message.splitlines()[0][:100] if first.message else first.code
            result(f"  {row.title[:44]:44}  {len(found):2} errors, last: {first.code}: {text} [{first.fingerprint}]")
