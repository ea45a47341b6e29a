"""`frmo log`, `frmo diff`, `frmo errors`: what a task did, what it made, what went wrong."""

import sys
from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, result
from frmo.cli.table import show
from frmo.engine.pending import find_task
from frmo.engine.runs import errors_of, recorded_run, steps_of
from frmo.errors import UsageFault
from frmo.store.deliverable import diff_text, paths
from frmo.store.runs import TaskRun
from frmo.store.workspace import Workspace

_RUN = click.option("--run", "number", type=click.IntRange(1), help="An earlier run; default the latest.")


@click.command()
@click.argument("task")
@_RUN
@common_options
def log(task: str, number: int | None, directory: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """The steps of a task with agent, tokens, cost and time, from its branch or the ledger."""
    workspace = Workspace.open(directory)
    record = recorded_run(workspace, find_task(workspace, task), number)
    steps = steps_of(record)
    if as_json:
        print_json({"task": record.task, "run": record.run, "state": record.state.to_data(), "steps": steps})
        return
    state = record.state
    note(f"{record.task}, run {record.run}: {state.state}" + (f" ({state.verdict.label()})" if state.verdict else ""))
    show(
        ("step", "state", "attempt", "agent", "tokens in/out/cached", "cost $", "seconds", "what"),
        [_cells(step) for step in steps],
        droppable=("tokens in/out/cached", "cost $", "attempt", "seconds"),
    )


def _cells(step: dict[str, object]) -> tuple[str, ...]:
    tokens = step["tokens"]
    counts = "/".join(str(tokens[name]) for name in ("input", "output", "cached")) if isinstance(tokens, dict) else "-"
    return (
        f"{step['number']:02d} {step['step']}",
        str(step["status"]),
        str(step["attempt"] or "-"),
        str(step["agent"] or "-"),
        counts,
        f"{step['cost_usd']:.4f}",
        f"{step['duration_s']:.1f}",
        str(step["what"])[:100],
    )


@click.command()
@click.argument("task")
@click.option("--stat", is_flag=True, help="Only the names of the files.")
@common_options
def diff(task: str, stat: bool, directory: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """The deliverable of a task against its base: no state, no logs."""
    workspace = Workspace.open(directory)
    found = find_task(workspace, task)
    run = TaskRun.load(workspace, found)
    if run is None:
        raise UsageFault(f"{found} has no branch here; `frmo run {found}` works on it")
    files = paths(run)
    if as_json:
        print_json({"task": found, "base": run.state.base, "tip": run.tip, "files": files, "diff": diff_text(run)})
    elif stat:
        for path in files:
            result(path)
    elif files:
        click.echo(diff_text(run, color=sys.stdout.isatty()), nl=False)
    else:
        note(f"{found} has changed nothing", quiet=quiet)


@click.command()
@click.argument("task", required=False)
@click.option("--all", "all_", is_flag=True, help="Also what only advises.")
@common_options
def errors(task: str | None, all_: bool, directory: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """What went wrong: the error records of a task, or of all, each with its fingerprint."""
    workspace = Workspace.open(directory)
    rows = errors_of(workspace, find_task(workspace, task) if task else None)
    rows = [row for row in rows if row.decides or all_]
    if as_json:
        print_json({"errors": [row.to_data() for row in rows]})
    elif rows:
        show(
            ("task", "attempt", "level", "validator", "code", "fingerprint", "where", "message"),
            [
                (
                    row.task, str(row.attempt), str(row.level), row.validator, row.code, row.fingerprint,
                    f"{row.path}:{row.line}" if row.line else row.path, row.message.splitlines()[0][:120] if row.message else "",
                )
                for row in rows
            ],
        )  # fmt: skip
    else:
        note("no errors recorded", quiet=quiet)
