"""`frmo review`, `accept`, `reject`: a person's word on finished work."""

import os
import sys
from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, result
from frmo.cli.surroundings import surroundings
from frmo.cli.table import show_rows
from frmo.engine.acceptance import Accepted, accept_task, publish_review, reject_task
from frmo.engine.pending import find_task
from frmo.engine.result import Row
from frmo.engine.standing import standing
from frmo.errors import FrmoError, UsageFault
from frmo.model.names import review_ref
from frmo.model.state import State
from frmo.store.config import load_config
from frmo.store.deliverable import diff_text
from frmo.store.runs import TaskRun
from frmo.store.workspace import Workspace


@click.command()
@click.argument("tasks", nargs=-1, required=True, metavar="TASK...")
@click.option("--unfinished", is_flag=True, help="Take work that no verdict says is complete.")
@click.option(
    "--branch", "as_branch", is_flag=True, help="Only make frmo/review/<id>, for a pull request; move nothing else."
)
@common_options
def accept(
    tasks: tuple[str, ...],
    unfinished: bool,
    as_branch: bool,
    directory: Path,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Bring a task's deliverable to the current branch as one commit.

    Validated again when the branch has moved; refused when files it touches have changes. Undo: git revert.
    """
    workspace = Workspace.open(directory)
    rows: list[dict[str, object]] = []
    for name in tasks:
        task = find_task(workspace, name)
        if as_branch:
            commit = publish_review(workspace, task, surroundings())
            branch = review_ref(task).removeprefix("refs/heads/")
            rows.append({"task": task, "commit": commit, "branch": branch})
            note(f"{branch} holds the deliverable in one commit: git push origin {branch}", quiet=quiet)
        else:
            done = _accept(workspace, task, unfinished=unfinished)
            rows.append({"task": task, "commit": done.commit, "branch": done.branch, "files": list(done.paths)})
            note(_said(done), quiet=quiet)
        if not as_json:
            result(str(rows[-1]["commit"]))
    if as_json:
        print_json({"accepted": rows})


def _accept(workspace: Workspace, task: str, *, unfinished: bool = False) -> Accepted:
    config, _ = load_config(workspace)
    return accept_task(workspace, config, task, surroundings(), unfinished=unfinished)


def _said(done: Accepted) -> str:
    again = f", validated again: {done.verdict.label()}" if done.verdict else ""
    return f"{done.task} is on {done.branch}{again}: {', '.join(done.paths)}. Undo: git revert {done.commit[:12]}"


@click.command()
@click.argument("task")
@click.option("--why", required=True, help="The reason; the learner reads it.")
@common_options
def reject(task: str, why: str, directory: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Turn a task's work down, with the reason. The branch stays; `frmo retry` works on it again."""
    workspace = Workspace.open(directory)
    found = find_task(workspace, task)
    reject_task(workspace, found, why, surroundings())
    if as_json:
        print_json({"task": found, "decision": "rejected", "why": why})
    else:
        note(f"{found} rejected; `frmo retry {found}` works on it again", quiet=quiet)


@click.command()
@common_options
def review(directory: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Go through finished work that nobody has decided on: diff, checks, then accept, reject or skip.

    In a pipe it only lists the queue.
    """
    workspace = Workspace.open(directory)
    rows, _ = standing(workspace)
    queue = [row for row in rows if row.state == State.COMPLETE and not row.decision and row.branch]
    if as_json:
        print_json({"queue": [row.to_data() for row in queue]})
    elif not queue:
        note("nothing waits for review", quiet=quiet)
    elif not (sys.stdin.isatty() and sys.stdout.isatty()):
        show_rows(queue)
    else:
        for place, row in enumerate(queue, 1):
            if not _reviewed(workspace, row, f"{place} of {len(queue)}"):
                break


def _reviewed(workspace: Workspace, row: Row, place: str) -> bool:
    """Show one and carry out what the person says; False to stop."""
    run = TaskRun.load(workspace, row.task)
    assert run is not None
    click.secho(f"\n{place}  {row.title}", bold=True)
    click.echo(f"{row.task}: {row.state} ({row.label}), {row.errors} errors on the way, ${row.cost_usd:.4f}")
    os.environ.setdefault("LESS", "FRX")  # as git does: a short diff needs no pager
    click.echo_via_pager(diff_text(run, color=True))
    word = click.prompt("accept, reject, skip or quit", type=click.Choice(["a", "r", "s", "q"]), default="s")
    try:
        if word == "a":
            note(_said(_accept(workspace, row.task)))
        elif word == "r":
            reject_task(workspace, row.task, click.prompt("why"), surroundings())
    except UsageFault as fault:
        note(f"frmo: {fault}")
    except FrmoError as fault:
        note(f"frmo: {fault}")
        return False
    return word != "q"
