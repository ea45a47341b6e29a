"""`frmo bench`: the measurements of the README, each with its target, and its limit measured in the same run."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from inspect import signature
from pathlib import Path
from typing import Any

import click

from frmo.bench import BENCHES
from frmo.bench.report import Report
from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, result
from frmo.cli.table import show
from frmo.errors import UsageFault


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of recorded data.")
@click.option("--kills", type=click.IntRange(1), help="Of chaos: how many.")
@common_options
def bench(
    names: tuple[str, ...],
    data: Path | None,
    kills: int | None,
    directory: Path,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Measure NAMEs; without one, list what there is. Exit code 1 when a target is missed."""
    if not names:
        for name, place in BENCHES.items():
            result(f"{name:10}{_first_line(place)}")
        return 0
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        raise UsageFault(f"there is no measurement {unknown[0]!r}; there are {', '.join(BENCHES)}")
    reports = {name: _measured(name, {"data": data, "kills": kills}, quiet=quiet or as_json) for name in names}
    if as_json:
        print_json({name: {**asdict(report), "ok": report.ok} for name, report in reports.items()})
    else:
        for report in reports.values():
            _show(report)
    return 0 if all(report.ok for report in reports.values()) else 1


def _measured(name: str, given: Mapping[str, Any], *, quiet: bool) -> Report:
    """Run one measurement with those of our settings that it takes."""
    module, function = BENCHES[name].split(":")
    measure: Callable[..., Report] = getattr(importlib.import_module(module), function)
    settings = {key: value for key, value in given.items() if value is not None}
    settings["progress"] = lambda text: note(text, quiet=quiet)
    return measure(**{key: value for key, value in settings.items() if key in signature(measure).parameters})


def _first_line(place: str) -> str:
    return (importlib.import_module(place.split(":", maxsplit=1)[0]).__doc__ or "").splitlines()[0]


def _show(report: Report) -> None:
    rows = [
        (
            row.name,
            f"{row.value:.4g} {row.unit}".strip(),
            row.target or "-",
            row.limit or "-",
            "" if row.holds else "MISSED",
        )
        for row in report.rows
    ]
    show(("measured", "value", "target", "limit", ""), rows)
    result(f"again: {report.command}")
