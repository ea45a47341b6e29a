"""`frmo run`: work through what is pending and stop. `frmo watch`: go on with what is dropped."""

import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, warn
from frmo.cli.progress import progress
from frmo.cli.stopping import stopping
from frmo.cli.surroundings import surroundings
from frmo.cli.table import show_rows
from frmo.engine.batch import fetch_ledger, plan_batch, run_batch, run_watch
from frmo.engine.outcome import junit_xml, markdown
from frmo.engine.pending import Board
from frmo.engine.result import Summary
from frmo.errors import UsageFault
from frmo.files import atomic
from frmo.model.config import Config
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
    type=click.Path(exists=True, path_type=Path),
    help="Replies of the scripted kind (YAML or JSON), or recordings (a folder, or .jsonl) of the replay kind.",
)
@click.option("--record", type=click.Path(path_type=Path), help="Record completions there: a folder, or a .jsonl file.")
@click.option("--no-cache", is_flag=True, help="Ask the model even where the same request was answered before.")
@click.option("--watch", "watching", is_flag=True, help="Go on with what is dropped, until Ctrl-C.")
@click.option(
    "--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write the outcome as JUnit XML, for CI."
)
@click.option("--summary", type=click.Path(dir_okay=False, path_type=Path), help="Append the outcome as Markdown.")
@click.option("--max-wait", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait no longer for quota: exit 4.")
@common_options
def run(
    tasks: tuple[str, ...],
    jobs: int | None,
    agent: str | None,
    again: bool,
    dry_run: bool,
    script: Path | None,
    watching: bool,
    junit: Path | None,
    summary: Path | None,
    max_wait: float | None,
    record: Path | None,
    no_cache: bool,
    directory: Path,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Work through what is pending and stop: the batch job.

    TASK is an id, a file of the inbox or its name; without one, everything that is not finished.
    """
    if watching and (tasks or again or dry_run):
        raise UsageFault("--watch works on everything that is dropped; leave out TASK, --again and --dry-run")
    if again and not tasks:
        raise UsageFault("--again needs a TASK: it would run everything that is finished once more")
    workspace = Workspace.open(directory)
    config, warnings = load_config(workspace)
    for text in warnings:
        warn(text)
    if not dry_run and (why := fetch_ledger(workspace, time.time())):
        warn(why)
    wish = Wish(
        jobs, agent, script, max_wait, quiet=quiet or as_json, verbose=verbose, record=record, use_cache=not no_cache
    )
    if watching:
        ended = _watch(workspace, config, wish)
    else:
        batch = plan_batch(workspace, tasks, again=again)
        for fault in batch.faults:
            warn(str(fault))
        if dry_run:
            _show(Summary(batch.rows(), batch.faults), as_json=as_json, quiet=quiet)
            return 0
        ended = _batch(workspace, config, batch, wish)
        for fault in ended.faults:
            if fault not in batch.faults:
                warn(str(fault))
    _show(ended, as_json=as_json, quiet=quiet)
    if junit:
        atomic.write(junit, junit_xml(ended))
    if summary:
        with summary.open("a", encoding="utf-8") as file:
            file.write(markdown(ended))
    return ended.exit_code


@dataclass(frozen=True)
class Wish:
    """What the person asked of a worker."""

    jobs: int | None
    agent: str | None
    script: Path | None
    max_wait_s: float | None
    quiet: bool
    verbose: bool
    record: Path | None = None
    use_cache: bool = True


def worker_name() -> str:
    """Host and pid: what leases and `frmo status` call this process."""
    return f"{socket.gethostname()}-{os.getpid()}"


def _batch(workspace: Workspace, config: Config, batch: Board, wish: Wish) -> Summary:
    with stopping() as stop, progress(len(batch.work), quiet=wish.quiet, verbose=wish.verbose) as voice:
        around = surroundings(
            script=wish.script, use_cache=wish.use_cache, record=wish.record,
            notify=voice.step, notice=voice.wait, max_wait_s=wish.max_wait_s,
        )  # fmt: skip
        return run_batch(
            batch, workspace, config, around, jobs=wish.jobs, agent=wish.agent, name=worker_name(), stop=stop
        )


def _watch(workspace: Workspace, config: Config, wish: Wish) -> Summary:
    with stopping() as stop, progress(None, quiet=wish.quiet, verbose=wish.verbose) as voice:
        around = surroundings(
            script=wish.script, use_cache=wish.use_cache, record=wish.record,
            notify=voice.step, notice=voice.wait, max_wait_s=wish.max_wait_s,
        )  # fmt: skip
        note(f"watching {workspace.path('tasks')}/; Ctrl-C stops", quiet=wish.quiet)
        return run_watch(
            workspace, config, around, jobs=wish.jobs, agent=wish.agent, name=worker_name(), stop=stop,
            report=lambda fault: warn(str(fault)),
        )  # fmt: skip


@click.command()
@click.option("-j", "--jobs", type=click.IntRange(1, 1000), help="Tasks at once; default from the configuration.")
@click.option("--agent", metavar="KIND", help="Agent kind for new tasks: anthropic, local, scripted.")
@click.option(
    "--script",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Replies of the scripted kind (YAML or JSON).",
)
@common_options
@click.pass_context
def watch(ctx: click.Context, /, **options: Any) -> int:  # noqa: ANN401  handed on as they are
    """`frmo run --watch`: work on what is pending and on what is dropped, until Ctrl-C."""
    code: int = ctx.invoke(run, tasks=(), watching=True, **options)
    return code


def _show(summary: Summary, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json(summary.to_data())
    elif summary.rows:
        show_rows(summary.rows)
        note("look further: frmo log TASK, frmo diff TASK, frmo review", quiet=quiet)
    else:
        note("nothing is pending; `frmo new TITLE` writes a task", quiet=quiet)
