"""`frmo doctor`: check the machine, the workspace, the sandbox and the models; say what to do about each fault."""

from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import print_json, result
from frmo.cli.surroundings import surroundings
from frmo.engine.checkup import Finding, machine, workspace_checks


@click.command()
@common_options
def doctor(directory: Path, as_json: bool, quiet: bool, verbose: bool) -> int:
    """Check machine and workspace. Changes nothing. Exit code 2 when something must be mended."""
    around = surroundings()
    found = [*machine(around), *workspace_checks(directory)]
    if as_json:
        print_json({"checks": [vars(item) for item in found], "ok": all(item.level != "bad" for item in found)})
    else:
        for item in found:
            if not quiet or item.level != "ok":
                result(_line(item))
    return 2 if any(item.level == "bad" for item in found) else 0


def _line(item: Finding) -> str:
    mark = {"ok": "ok  ", "note": "note", "bad": "BAD "}[item.level]
    return f"{mark} {item.name}: {item.message}" + (f"\n     fix: {item.fix}" if item.fix else "")
