"""`frmo init`: make a repository a workspace."""

import time
from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, result
from frmo.errors import NotAWorkspace
from frmo.repo.creation import new_repository
from frmo.store.hooks import KEPT
from frmo.store.seed import Planting, plant
from frmo.store.workspace import HIDDEN


@click.command()
@click.option("--hidden", is_flag=True, help="Put the five folders under .frmo/.")
@click.option("--branch", metavar="NAME", help="Commit there (frmo/init) and leave the checkout as it is.")
@click.option("--upgrade", is_flag=True, help="Add what a newer frmo brings; no file is replaced.")
@click.option("--git", "make_git", is_flag=True, help="Make the folder a git repository first, if it is none.")
@common_options
def init(
    hidden: bool,
    branch: str | None,
    upgrade: bool,
    make_git: bool,
    directory: Path,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Make this repository a workspace: five folders in one commit, nothing of yours touched."""
    try:
        done = plant(directory, now=time.time(), hidden=hidden, branch=branch, upgrade=upgrade)
    except NotAWorkspace as error:
        if not make_git:
            raise NotAWorkspace(
                f"{directory.absolute()} is not in a git repository. Run `git init` first, or `frmo init --git`."
            ) from error
        new_repository(directory)
        done = plant(directory, now=time.time(), hidden=hidden, branch=branch)
    if as_json:
        print_json(_data(done))
        return 0
    _told(done, quiet=quiet)
    return 0


def _told(done: Planting, *, quiet: bool) -> None:
    where = f" (in {done.prefix})" if done.prefix else ""
    if done.commit is None:
        result(f"{done.root} is already a workspace{where}; nothing to add.")
    else:
        what = f"{len(done.added)} missing files added" if done.already else f"{done.root} is a workspace now{where}"
        result(f"{what}: commit {done.commit[:12]} on {done.branch}.")
    if done.why_hidden:
        note(f"The folders are in {HIDDEN} because {done.why_hidden}.", quiet=quiet)
    if done.hooks.skipped:
        note(
            f"Hooks are not installed: {done.hooks.skipped}. "
            'Let your pre-commit hook call: frmo hook pre-commit "$(git write-tree)"',
            quiet=quiet,
        )
    for event in done.hooks.kept:
        note(f"Your {event} hook is kept as {event}{KEPT} and called first.", quiet=quiet)
    for text in done.notes:
        note(f"Note: {text}", quiet=quiet)
    if done.commit:
        note(_next(done), quiet=quiet)


def _next(done: Planting) -> str:
    if not done.checked_out:
        return f"Next: bring {done.branch} to your main branch, by a pull request or `git merge {done.branch}`."
    return (
        'Next: `frmo new "What is to be done"` writes a task file, `frmo run` works on it, `frmo review` shows the result. '
        f"Settings: {done.prefix}state/config.yaml."
    )


def _data(done: Planting) -> dict[str, object]:
    return {
        "added": list(done.added),
        "already": done.already,
        "branch": done.branch,
        "checked_out": done.checked_out,
        "commit": done.commit,
        "hooks": {"installed": list(done.hooks.events), "kept": list(done.hooks.kept), "skipped": done.hooks.skipped},
        "notes": list(done.notes),
        "prefix": done.prefix,
        "root": str(done.root),
        "why_hidden": done.why_hidden,
    }
