"""`frmo patterns` and `frmo insights`: what recurs, and what is believed to prevent it."""

import time
from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, result
from frmo.cli.table import show
from frmo.learn.candidate import candidates
from frmo.learn.insight import by_hand, insight_rows
from frmo.learn.recurrence import patterns_of, recurrence
from frmo.learn.scribe import Scribe
from frmo.store.config import load_config
from frmo.store.observations import observations
from frmo.store.register import ledger_tip
from frmo.store.workspace import Workspace


@click.command()
@click.option(
    "--write", is_flag=True, help="Also print each as the file `logs/patterns/<fingerprint>.yaml` will have it."
)
@common_options
def patterns(write: bool, directory: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Errors that recur with a factor more than chance allows, found on one part of the tasks and repeated on another."""
    workspace = Workspace.open(directory)
    tip = ledger_tip(workspace)
    rows = observations(workspace, tip)
    found = [recurrence(workspace, tip, pattern, rows) for pattern in patterns_of(rows)] if tip else []
    if as_json:
        print_json({"patterns": [item.to_data() for item in found], "runs": len(rows)})
    elif found:
        show(
            ("fingerprint", "factor", "tasks", "q", "repeated p", "level", "error"),
            [
                (
                    item.pattern.fingerprint,
                    f"{item.pattern.factor} {item.pattern.value}",
                    f"{item.pattern.support} of {item.pattern.exposed}",
                    f"{item.pattern.q:.2g}",
                    f"{item.pattern.replication_p:.2g}",
                    str(item.level),
                    item.signature,
                )
                for item in found
            ],
        )
    else:
        note(f"no pattern in {len(rows)} settled runs; at least 5 mining tasks must share one", quiet=quiet)


@click.group(invoke_without_command=True)
@common_options
@click.pass_context
def insights(ctx: click.Context, directory: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """What was learned, what is on trial, what was turned down."""
    if ctx.invoked_subcommand is not None:
        return
    rows = insight_rows(Workspace.open(directory))
    if as_json:
        print_json({"insights": [row.to_data() for row in rows]})
    elif rows:
        show(
            ("insight", "item", "stands", "pattern", "says"),
            [(row.id, row.item, row.stands, row.pattern, row.text[:100]) for row in rows],
        )
    else:
        note("no insight yet; `frmo learn` looks for one, `frmo insights add` takes yours", quiet=quiet)


@insights.command("add")
@click.argument("text")
@click.option("--pattern", "fingerprint", required=True, help="Fingerprint of the pattern it is meant against.")
@click.option("--id", "name", default="", help="Name of the checklist item; default from TEXT.")
@click.option("--cause", default="", help="What is believed to make the error; default TEXT.")
@common_options
def add(
    text: str, fingerprint: str, name: str, cause: str, directory: Path, as_json: bool, quiet: bool, verbose: bool
) -> None:
    """Propose the instruction TEXT against a pattern: a candidate branch that the next `frmo learn` tries."""
    workspace = Workspace.open(directory)
    config, _ = load_config(workspace)
    made = by_hand(Scribe(workspace, config.email, time.time), fingerprint, text, name=name, cause=cause)
    if as_json:
        print_json({"candidate": made.name, "branch": made.ref.removeprefix("refs/heads/"), "item": dict(made.item)})
        return
    result(made.ref.removeprefix("refs/heads/"))
    waiting = len(candidates(workspace))
    note(f"`frmo learn` tries it on tasks kept apart; {waiting} candidate branches are there", quiet=quiet)
