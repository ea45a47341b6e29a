"""`frmo switch`: kill switches for everything, learning, each kind of agent, each validator."""

import re
import time
from pathlib import Path

import click

from frmo.cli.options import common_options
from frmo.cli.output import note, print_json, warn
from frmo.cli.table import show
from frmo.errors import UsageFault
from frmo.store.switches import Switch, switches, turn
from frmo.store.workspace import Workspace

_NAME = re.compile(r"everything|learning|agent-[a-z]{1,20}|validator-[a-z][a-z0-9_-]{0,40}")


@click.command()
@click.argument("name", required=False)
@click.argument("to", required=False, metavar="[on|off]", type=click.Choice(["on", "off"]))
@click.option("--why", help="The reason; needed to turn a switch.")
@common_options
def switch(
    name: str | None, to: str | None, why: str | None, directory: Path, as_json: bool, quiet: bool, verbose: bool
) -> None:
    """Stop something or let it go on, at once and as a commit; without NAME, list the switches.

    NAME: everything, learning, agent-KIND (agent-local), validator-NAME (validator-ruff).
    """
    workspace = Workspace.open(directory)
    if name is None:
        _list(list(switches(workspace).values()), as_json=as_json, quiet=quiet)
        return
    name = re.sub(r"^(agent|validator)s?[.]", r"\1-", name)
    if not _NAME.fullmatch(name):
        raise UsageFault(f"{name!r} is no switch: there are everything, learning, agent-KIND and validator-NAME")
    if to is None or not (why or "").strip():
        raise UsageFault(f"say which way and why: frmo switch {name} off --why 'the reason'")
    done, commit, fault = turn(workspace, name, on=to == "on", why=str(why).strip(), now=time.time())
    if commit is None:
        warn(f"{name} is {to} at once, but the switch is not committed: {fault}")
    if as_json:
        print_json({"switch": vars(done), "commit": commit})
    else:
        note(f"{name} is {to}" + (f" (commit {commit[:12]})" if commit else ""), quiet=quiet)


def _list(found: list[Switch], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json({"switches": [vars(item) for item in found]})
    elif found:
        rows = [(item.name, "on" if item.on else "off", item.why, item.by, item.at) for item in found]
        show(("switch", "is", "why", "by", "at"), rows)
    else:
        note("no switch was ever turned: everything is on", quiet=quiet)
