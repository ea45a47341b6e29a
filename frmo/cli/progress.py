"""Progress of a batch on stderr: a bar and the latest steps on a terminal, lines with `-v`, nothing in a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from frmo.cli.output import note, printable
from frmo.gateway.gateway import Notice


@dataclass(frozen=True)
class Voice:
    """Whom a worker tells what it does. `step(task, text)`; `wait`: a pause for quota or a retry."""

    step: Callable[[str, str], None]
    wait: Callable[[Notice], None]


@contextmanager
def progress(total: int | None, *, quiet: bool, verbose: bool) -> Iterator[Voice]:
    """Show the steps of `total` tasks (None: nobody knows) while they are worked on."""
    if quiet or (not sys.stderr.isatty() and not verbose):
        yield Voice(lambda _task, _text: None, _waiting if not quiet else lambda _notice: None)
    elif not sys.stderr.isatty():
        yield Voice(lambda task, text: note(f"{task}  {text}"), _waiting)
    else:
        with _bar(total) as voice:
            yield voice


def _waiting(notice: Notice) -> None:
    note(f"frmo: {notice.caller.task}: {notice.code}: {notice.message}; waiting {notice.wait_s:.0f} s")


@contextmanager
def _bar(total: int | None) -> Iterator[Voice]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        row = bar.add_task("", total=total)

        def step(task: str, text: str) -> None:
            line = f"[dim]{escape(task)}[/]  {escape(printable(text))[:140]}"
            bar.console.print(line, highlight=False)
            if text.startswith("settle"):
                bar.advance(row)

        def wait(notice: Notice) -> None:
            bar.update(row, description=f"[yellow]waiting {notice.wait_s:.0f} s: {escape(notice.code)}[/]")

        yield Voice(step, wait)
