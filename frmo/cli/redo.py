"""`frmo retry`: run a task again. `frmo cancel`: stop one."""

from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json
from frmo.cli.run import run, worker_name
from frmo.cli.surroundings import surroundings
from frmo.engine.acceptance import rejected
from frmo.engine.cancelling import cancel_task
from frmo.engine.pending import find_task
from frmo.errors import UsageFault
from frmo.model.state import State
from frmo.store.config import load_config
from frmo.store.runs import TaskRun
from frmo.store.workspace import Workspace


@click.command()
@click.argument("task")
@click.option("--agent", metavar="KIND", help="Another agent kind.")
@click.option("--script", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="For the scripted kind.")
@common_options
@click.pass_context
def retry(
    ctx: click.Context,
    task: str,
    agent: str | None,
    script: Path | None,
    directory: Path,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Run a task again from the current base, with fresh attempts. The earlier run stays in the ledger."""
    workspace = Workspace.open(directory)
    found = find_task(workspace, task)
    work = TaskRun.load(workspace, found)
    if work is not None and work.state.state is State.COMPLETE and not rejected(workspace, found):
        raise UsageFault(f"{found} is complete; `frmo run --again {found}` runs it once more all the same")
    code: int = ctx.invoke(
        run,
        tasks=(found,),
        again=True,
        agent=agent,
        script=script,
        directory=directory,
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
    )
    return code


@click.command()
@click.argument("task")
@click.option("--why", default="", metavar="TEXT", help="For the run's record.")
@common_options
def cancel(task: str, why: str, directory: Path, as_json: bool, quiet: bool, verbose: bool) -> int:
    """Stop a task: its agents are ended at once where it runs, and it is not begun where it is pending.

    Its commits stay, its file in the inbox too. Exit code 1 when it was finished before it could be stopped.
    """
    workspace = Workspace.open(directory)
    config, _ = load_config(workspace)
    state = cancel_task(workspace, config, task, why, surroundings(), worker=worker_name())
    cancelled = state.state is State.CANCELLED
    if as_json:
        print_json({"task": state.task, "state": state.state.value, "reason": state.reason})
    elif cancelled:
        note(f"{state.task} is cancelled; `frmo retry {state.task}` begins it anew", quiet=quiet)
    else:
        note(f"{state.task} was {state.state} before it could be cancelled", quiet=quiet)
    return 0 if cancelled else 1
