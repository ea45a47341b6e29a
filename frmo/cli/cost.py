"""`frmo cost`: what it cost, from the ledger and the branches."""

from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json
from frmo.cli.table import show
from frmo.engine.costs import BY, Cost, costs
from frmo.store.workspace import Workspace


@click.command()
@click.option("--by", type=click.Choice(BY), default="task", show_default=True, help="What to sum by.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only runs begun on this UTC day or later.")
@common_options
def cost(by: str, since: object, directory: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """What it cost: dollars and tokens by task, agent, model, protocol version or day, and what the cache saved.

    With --json all five sums at once.
    """
    found = costs(Workspace.open(directory), str(since or "")[:10])
    if as_json:
        print_json(found.to_data())
    elif not found.total.steps:
        note("no model was asked yet", quiet=quiet)
    else:
        rows = [_cells(key, value) for key, value in found.by[by].items()]
        show(
            (by, "cost $", "tokens in", "out", "cached", "completions", "from cache"),
            [*rows, _cells("total", found.total)],
        )


def _cells(key: str, value: Cost) -> tuple[str, ...]:
    rate = "-" if value.hit_rate is None else f"{value.hit_rate:.0%}"
    counts = (value.tokens.input, value.tokens.output, value.tokens.cached, value.completions)
    return (key, f"{value.cost_usd:.6f}", *map(str, counts), rate)
