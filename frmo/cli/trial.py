"""`frmo trial run|show|verify`: go on with a trial, look at one, recompute one from the clone alone."""

from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, result
from frmo.cli.table import show as table
from frmo.errors import UsageFault
from frmo.learn.history import pasts
from frmo.learn.verification import verify as verified
from frmo.store.register import ledger_tip
from frmo.store.trials import TrialLog
from frmo.store.workspace import Workspace


@click.group()
def trial() -> None:
    """Evidence: go on with a trial, look at it, recompute it."""


@trial.command("verify")
@click.argument("revision")
@common_options
def verify(revision: str, directory: Path, as_json: bool, quiet: bool, verbose: bool) -> int:
    """Recompute the verdict of a merge, a branch or a trial from the clone alone. Exit code 1 names every breach."""
    found = verified(Workspace.open(directory), revision)
    if as_json:
        print_json(
            {
                "trials": [
                    {
                        "trial": item.trial,
                        "commit": item.commit,
                        "verdict": item.verdict.to_data() if item.verdict else None,
                        "breaches": list(item.breaches),
                    }
                    for item in found
                ]
            }
        )
    for item in found if not as_json else ():
        if item.breaches:
            result(f"{item.trial}: NOT PROVED")
            for breach in item.breaches:
                result(f"  {breach}")
        elif item.verdict:
            verdict = item.verdict
            result(
                f"{item.trial}: {verdict.ending}, proved: {verdict.b} to {verdict.c} in {verdict.pairs} pairs, E = {verdict.e}"
            )
    return 1 if any(item.breaches for item in found) else 0


@trial.command("show")
@click.argument("name", required=False)
@common_options
def show(name: str | None, directory: Path, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Every registered trial, or the pairs of one."""
    workspace = Workspace.open(directory)
    if name is None:
        _all(workspace, as_json=as_json, quiet=quiet)
        return
    tip = ledger_tip(workspace)
    if tip is None or name not in {one.registration.trial for one in pasts(workspace)}:
        raise UsageFault(f"there is no trial {name!r}; `frmo trial show` lists all")
    log = TrialLog(workspace, name, "")
    rows, registration = log.rows(tip), log.load(tip).registration
    if as_json:
        print_json({"registration": registration.to_data(), "pairs": [row.to_data() for row in rows]})
        return
    arms = ("baseline", "candidate", "placebo") if registration.placebo else ("baseline", "candidate")
    cells = []
    for row in rows:
        outcomes = [row.arm(arm) for arm in arms]
        words = ["-" if item is None else "passed" if item.passed else "failed" for item in outcomes]
        cells.append(
            (row.task, str(row.attempt), *words, "; ".join(f"{fault.arm}: {fault.detail}" for fault in row.faults))
        )
    table(("task", "attempt", *arms, "faults"), cells)


def _all(workspace: Workspace, *, as_json: bool, quiet: bool) -> None:
    found = pasts(workspace)
    if as_json:
        print_json({"trials": [{"registration": one.registration.to_data(), "ending": one.ending} for one in found]})
    elif found:
        rows = [
            (
                str(one.registration.t),
                one.registration.trial,
                one.ending or "open",
                one.registration.endpoint.value,
                str(len(one.registration.pool.tasks)),
                f"{one.registration.price_usd:.4f}",
            )
            for one in found
        ]
        table(("t", "trial", "ended", "endpoint", "pool", "price $"), rows)
    else:
        note("no trial was registered yet; `frmo learn` does", quiet=quiet)
