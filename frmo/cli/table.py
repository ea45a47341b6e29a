"""Tables for people: a rich table on a terminal, plain columns in a pipe."""

import shutil
import sys
from collections.abc import Sequence

from frmo.cli.output import printable, result
from frmo.engine.result import Row

_COLOURS = {"complete": "green", "failed": "red", "waiting": "yellow", "cancelled": "dim", "pending": "dim"}
HEADS = ("task", "state", "attempt", "tokens", "cost $", "seconds", "branch or reason")


def show_rows(rows: Sequence[Row]) -> None:
    """One line per task: state with its verdict, attempts, what it cost, where the work is or why there is none."""
    show(HEADS, [_cells(row) for row in rows], colours=[_COLOURS.get(row.state, "") for row in rows])


def show(heads: Sequence[str], rows: Sequence[Sequence[str]], colours: Sequence[str] = ()) -> None:
    """A table on stdout. `colours`: one per row, for its second column, on a terminal only."""
    if sys.stdout.isatty():
        _rich(heads, rows, colours)
        return
    widths = [max(len(row[place]) for row in [heads, *rows]) for place in range(len(heads))]
    for row in [heads, *rows]:
        result("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cells(row: Row) -> tuple[str, ...]:
    state = f"{row.state} ({row.label})" if row.label else row.state
    state += f", {row.decision}" if row.decision else ""
    where = row.worker or row.reason.splitlines()[0][:160] if row.worker or row.reason else row.branch
    attempt = str(row.attempt) if row.attempt else "-"
    return (row.task, state, attempt, str(row.tokens), f"{row.cost_usd:.4f}", f"{row.duration_s:.1f}", printable(where))


def _rich(heads: Sequence[str], rows: Sequence[Sequence[str]], colours: Sequence[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(*heads, box=box.SIMPLE_HEAD, pad_edge=False)
    for number, row in enumerate(rows):
        cells = [escape(cell) for cell in row]
        if number < len(colours) and colours[number]:
            cells[1] = f"[{colours[number]}]{cells[1]}[/]"
        table.add_row(*cells)
    Console(width=max(80, shutil.get_terminal_size().columns)).print(table)
