"""`frmo protocol list|log|blame`: what agents are told, since when, and what speaks for it."""

import time
from itertools import islice
from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, result
from frmo.cli.table import show
from frmo.errors import UsageFault
from frmo.learn.lineage import blame as blamed
from frmo.learn.lineage import events, items
from frmo.store.workspace import Workspace


@click.group()
def protocol() -> None:
    """What agents are told, since when, and what speaks for it."""


@protocol.command("list")
@common_options
def list_(directory: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Every checklist item: measured or a person's own, on probation or kept."""
    workspace = Workspace.open(directory)
    found = items(workspace, _head(workspace))
    if as_json:
        print_json({"items": [item.to_data() for item in found]})
    elif found:
        rows = [
            (item.role, item.id, item.kind, item.origin, item.measured, item.stands, item.says[:80]) for item in found
        ]
        show(("role", "item", "kind", "origin", "measured", "stands", "says"), rows)
    else:
        note("no checklist has an item yet", quiet=quiet)


@protocol.command("log")
@click.argument("item", required=False)
@click.option("-n", "most", type=click.IntRange(1), default=50, show_default=True, help="At most so many changes.")
@common_options
def log(item: str | None, most: int, directory: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Every change of the protocols, or of one ITEM: by whom, measured how, and which commit `git revert` takes back."""
    workspace = Workspace.open(directory)
    found = list(islice(events(workspace, _head(workspace), item or ""), most))
    if as_json:
        print_json({"events": [event.to_data() for event in found]})
    elif found:
        rows = [
            (
                time.strftime("%Y-%m-%d", time.gmtime(event.when)),
                event.commit[:10],
                event.author,
                f"{event.what} {event.path}",
                event.measured,
                f"git revert {event.revert[:10]}",
            )
            for event in found
        ]
        show(("day", "commit", "by", "what", "measured", "to take back"), rows)
    else:
        note("no change of the protocols" + (f" by the name of {item}" if item else ""), quiet=quiet)


@protocol.command("blame")
@click.argument("words")
@common_options
def blame(words: str, directory: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Where an item comes from: WORDS is its id, or a part of what it says."""
    workspace = Workspace.open(directory)
    found = blamed(workspace, _head(workspace), words)
    if as_json:
        print_json(found.to_data())
        return
    result(f"{found.item.role} {found.item.id}: {found.item.says}")
    result(f"  {found.commit[:12]} by {found.author}: {found.subject}")
    result(f"  {found.item.measured}" + (f", {found.item.stands}" if found.item.stands else ""))
    for text in (found.insight, found.pattern, *found.examples):
        if text:
            result(f"  {text}")


def _head(workspace: Workspace) -> str:
    head = workspace.repo.head()
    if head is None:
        raise UsageFault("the repository has no commit yet")
    return head
