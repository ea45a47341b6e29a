"""`frmo verify [REV…]`: re-derive every verdict, state move and claim from the clone alone."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, result
from frmo.cli.surroundings import surroundings
from frmo.engine.audit import audit
from frmo.engine.rerun import replayed
from frmo.store.config import load_config
from frmo.store.workspace import Workspace

_SHOWN = 20


class _Percent(click.ParamType[float]):
    name = "percent"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """`10%` or `10`."""
        try:
            number = float(str(value).removesuffix("%"))
        except ValueError:
            number = -1
        if not 0 <= number <= 100:
            self.fail(f"{value!r} is no share between 0% and 100%", param, ctx)
        return number


@click.command()
@click.argument("revisions", nargs=-1, metavar="[REV…]")
@click.option("--replay", type=_Percent(), metavar="N%", help="Run the validators of N% of the validations again.")
@common_options
def verify(
    revisions: tuple[str, ...], replay: float | None, directory: Path, as_json: bool, quiet: bool, verbose: bool
) -> int:
    """Re-derive every state move, verdict, cost and claim of a range (`REV`, `A..B`, a task), from the clone alone.

    Without REV: the ledger, all branches of frmo, and the history of HEAD. Exit code 1 names the first commit that does
    not hold.
    """
    workspace = Workspace.open(directory)
    with _progress("commits", quiet=quiet) as step:
        found = audit(workspace, revisions, step)
    breaches, again = list(found.breaches), 0
    if replay:
        config, _ = load_config(workspace)
        with _progress("validations", quiet=quiet) as step:
            again, more = replayed(workspace, config, found.chains, replay, surroundings(), progress=step)
        breaches += more
    if as_json:
        print_json(
            {
                "breaches": [vars(item) for item in breaches],
                "commits": found.commits,
                "first": breaches[0].commit if breaches else None,
                "ok": not breaches,
                "replayed": again,
                "runs": found.runs,
                "verdicts": found.verdicts,
            }
        )
        return 1 if breaches else 0
    for item in breaches[:_SHOWN]:
        result(str(item))
    if len(breaches) > _SHOWN:
        note(f"and {len(breaches) - _SHOWN} more; --json has them all", quiet=quiet)
    again_text = f", {again} of them judged again" if replay else ""
    looked = f"{found.commits} commits, {found.runs} runs, {found.verdicts} validations{again_text}"
    if breaches:
        note(f"frmo: {looked}: the first that does not hold is {breaches[0].commit}")
        return 1
    result(f"{looked}: all hold")
    return 0


@contextmanager
def _progress(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    with click.progressbar(length=1, label=what, file=sys.stderr) as bar:

        def step(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield step
