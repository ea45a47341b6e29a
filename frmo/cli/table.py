"""Tables for people: a rich table on a terminal, plain columns in a pipe."""

import shutil
import sys
from collections.abc import Sequence

from frmo.cli.output import printable, result
from frmo.engine.result import Row

_COLOURS = {"complete": "green", "failed": "red", "waiting": "yellow", "cancelled": "dim", "pending": "dim"}
HEADS = ("task", "state", "attempt", "tokens", "cost $", "seconds", "branch or reason")
_LAST_WIDTH = 24  # what the last column, the only one that is cut, should have at least


def show_rows(rows: Sequence[Row]) -> None:
    """One line per task: state with its verdict, attempts, what it cost, where the work is or why there is none."""
    colours = [_COLOURS.get(row.state, "") for row in rows]
    show(HEADS, [_cells(row) for row in rows], colours=colours, droppable=("seconds", "tokens", "attempt", "cost $"))


def show(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, colours: Sequence[str] = (), droppable: Sequence[str] = ()
) -> None:
    """A table on stdout. `colours`: one per row, for its second column. `droppable`: heads a narrow terminal goes without."""
    if sys.stdout.isatty():
        _rich(heads, rows, colours, droppable)
        return
    widths = _widths(heads, rows)
    for row in [heads, *rows]:
        result("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def kept_columns(heads: Sequence[str], widths: Sequence[int], room: int, droppable: Sequence[str]) -> list[int]:
    """Places of the columns that fit into `room` characters beside a last one of decent width; ids are never cut."""
    kept = list(range(len(heads)))
    for name in droppable:
        taken = sum(widths[place] + 2 for place in kept[:-1])
        if room - taken >= min(widths[-1], _LAST_WIDTH):
            break
        kept.remove(heads.index(name))
    return kept


def _widths(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(len(row[place]) for row in [heads, *rows]) for place in range(len(heads))]


def _cells(row: Row) -> tuple[str, ...]:
    state = f"{row.state} ({row.label})" if row.label else row.state
    state += f", {row.decision}" if row.decision else ""
    where = row.worker or row.reason.splitlines()[0][:160] if row.worker or row.reason else row.branch
    attempt = str(row.attempt) if row.attempt else "-"
    return (row.task, state, attempt, str(row.tokens), f"{row.cost_usd:.4f}", f"{row.duration_s:.1f}", printable(where))


def _rich(
    heads: Sequence[str], rows: Sequence[Sequence[str]], colours: Sequence[str], droppable: Sequence[str]
) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    room = max(60, shutil.get_terminal_size().columns)
    widths = _widths(heads, rows)
    places = kept_columns(heads, widths, room, droppable)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for place in places:
        last = place == places[-1]
        width = None if last else widths[place]
        table.add_column(heads[place], no_wrap=True, overflow="ellipsis", min_width=width, ratio=1 if last else None)
    for number, row in enumerate(rows):
        colour = colours[number] if number < len(colours) else ""
        table.add_row(*(Text(row[place], style=colour if place == 1 else "") for place in places))
    Console(width=room).print(table)
