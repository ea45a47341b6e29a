"""`frmo retry`: run a task again."""

from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.run import run
from frmo.engine.pending import find_task
from frmo.errors import UsageFault
from frmo.model.state import State
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
    if work is not None and work.state.state is State.COMPLETE:
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
