"""`frmo new` and `frmo add`: task files into the inbox."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, result
from frmo.errors import Fault, InputError
from frmo.files.document import DEFAULT_CAPS
from frmo.files.formats import SUFFIXES
from frmo.files.reading import read
from frmo.store.draft import draft
from frmo.store.inbox import FOLDER, InboxEntry, free_name, parse, place, read_task
from frmo.store.workspace import Workspace


@click.command()
@click.argument("title")
@click.option("--description", metavar="TEXT", default="", help="More than the title says.")
@click.option("--file", "files", metavar="PATH", multiple=True, help="What the agent may change (a glob); repeatable.")
@click.option("--test", "tests", metavar="PATH", multiple=True, help="A test file that must pass; repeatable.")
@click.option("--domain", metavar="NAME", help="What it is checked with; default from the config.")
@click.option("--level", type=click.IntRange(1, 6), help="How far it is validated.")
@click.option("--edit", is_flag=True, help="Open the file in your editor.")
@common_options
def new(
    title: str,
    description: str,
    files: tuple[str, ...],
    tests: tuple[str, ...],
    domain: str | None,
    level: int | None,
    edit: bool,
    directory: Path,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Write a task file for TITLE, the other fields as comments to fill in. Prints its path and id."""
    workspace = Workspace.open(directory)
    content = draft(title, description=description, files=files, tests=tests, domain=domain, level=level)
    name = free_name(workspace, title)
    (entry,) = place(workspace, [(name, content)], fresh=True)
    if edit:
        click.edit(filename=str(workspace.root / entry.path))
        entry = read_task(workspace, workspace.root / entry.path, entry.path)
    _told([entry], as_json=as_json, quiet=quiet)
    return 0


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--name", metavar="NAME", help="What to call it in the inbox; needed for - (stdin).")
@common_options
def add(files: tuple[str, ...], name: str | None, directory: Path, as_json: bool, quiet: bool, verbose: bool) -> int:
    """Validate task files and place copies in the inbox: all of them, or none with every fault told. - reads stdin."""
    if name and len(files) > 1:
        raise click.UsageError("--name is for one file.")
    if "-" in files and not name:
        raise click.UsageError("- needs --name: what to call the task file.")
    workspace = Workspace.open(directory)
    sources = [(_name(workspace, file, name), file, _content(file)) for file in files]
    _refuse(workspace, sources)
    entries = place(workspace, [(target, content) for target, _, content in sources])
    _told(entries, as_json=as_json, quiet=quiet)
    return 0


def _content(file: str) -> bytes:
    return sys.stdin.buffer.read(DEFAULT_CAPS.size + 1) if file == "-" else read(Path(file), file)


def _name(workspace: Workspace, file: str, name: str | None) -> str:
    """What the file is called below `tasks/`: as it is called already, where it lies there."""
    if name:
        return name if name.endswith(SUFFIXES) else f"{name}.yaml"
    inbox, path = workspace.place(FOLDER).resolve(), Path(file).resolve()
    return path.relative_to(inbox).as_posix() if path.is_relative_to(inbox) else Path(file).name


def _refuse(workspace: Workspace, sources: Sequence[tuple[str, str, bytes]]) -> None:
    """Faults of the contents under the names that the person gave."""
    faults: list[Fault] = []
    for target, file, content in sources:
        shown = "stdin" if file == "-" else file
        parsed = parse(workspace, content, workspace.path(f"{FOLDER}/{target}"))
        faults += [replace(fault, path=shown) for fault in parsed.faults]
    if faults:
        raise InputError(faults)


def _told(entries: Sequence[InboxEntry], *, as_json: bool, quiet: bool) -> None:
    faults = [fault for entry in entries for fault in entry.faults]
    if faults:
        raise InputError(faults)
    rows = [{"id": entry.task.id, "path": entry.path} for entry in entries if entry.task]
    if as_json:
        print_json({"tasks": rows})
        return
    for row in rows:
        result(f"{row['path']}  {row['id']}")
    for entry in entries:
        for text in entry.notes:
            note(f"{entry.path} {text}", quiet=quiet)
