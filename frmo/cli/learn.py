"""`frmo learn`: one round of learning, or rounds until nothing changes. `frmo trial run` goes on with one trial."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, result, warn
from frmo.cli.stopping import stopping
from frmo.cli.surroundings import surroundings
from frmo.engine.learning import Learning, open_lab
from frmo.learn.round import Happening, Lab, one_round, until_stable
from frmo.store.config import load_config
from frmo.store.workspace import Workspace


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be proposed and what its trial would cost, and stop.")
@click.option("--until-stable", "until", is_flag=True, help="Rounds until one changes nothing.")
@click.option("--rules", is_flag=True, help="Insights by rules alone: ask no model for them.")
@click.option("--agent", metavar="KIND", help="Agent kind of trials and learner; default from the configuration.")
@click.option("-j", "--jobs", type=click.IntRange(1, 1000), help="Pairs at once; default from the configuration.")
@click.option(
    "--script", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Replies of the scripted kind."
)
@common_options
def learn(
    dry_run: bool,
    until: bool,
    rules: bool,
    agent: str | None,
    jobs: int | None,
    script: Path | None,
    directory: Path,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """One round: errors, patterns, an insight, a candidate branch, its trial, and a merge only of a win.

    What was begun is gone on with first. Nothing is merged but what `frmo trial verify` can prove.
    """
    wish = Learning(agent, jobs, rules, lambda text: note(text, quiet=quiet or as_json))
    work: Callable[[Lab], list[Happening]] = until_stable if until else lambda lab: one_round(lab, dry_run=dry_run)
    done = in_lab(directory, wish, script, work)
    if as_json:
        print_json({"happened": [item.to_data() for item in done]})
        return exit_code(done)
    for item in done:
        result(f"{item.what:<15}{item.name}  {item.text}")
    if not done:
        note("nothing to learn from yet: no pattern is sure enough; `frmo patterns` lists what recurs", quiet=quiet)
    return exit_code(done)


def in_lab(
    directory: Path, wish: Learning, script: Path | None, work: Callable[[Lab], list[Happening]]
) -> list[Happening]:
    """Do `work` in the laboratory of the workspace at `directory`."""
    workspace = Workspace.open(directory)
    config, warnings = load_config(workspace)
    for text in warnings:
        warn(text)
    name = f"{socket.gethostname()}-{os.getpid()}"
    with (
        stopping() as stop,
        open_lab(workspace, config, surroundings(script=script, use_cache=False), wish, name=name, stop=stop) as lab,
    ):
        return work(lab)


def exit_code(done: list[Happening]) -> int:
    """4 where a trial waits for budget or tasks, else 0: not adopting is a normal end."""
    return 4 if any(item.what == "waiting" for item in done) else 0
