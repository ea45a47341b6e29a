"""A check-up of machine and workspace: one function per thing that can be wrong, none of which changes anything."""

import importlib.util
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from frmo.engine.audit import audit
from frmo.engine.opening import Surroundings
from frmo.errors import FrmoError
from frmo.gateway.kinds import meant
from frmo.gateway.weights import DEFAULT, stored
from frmo.model.names import LEDGER
from frmo.sandbox.choice import choose
from frmo.schema.check import faults
from frmo.store.config import load_config
from frmo.store.hooks import standing
from frmo.store.inbox import scan
from frmo.store.leases import all_claims, is_alive
from frmo.store.ledger import Ledger
from frmo.store.records import RunRecord
from frmo.store.register import ledger_tip
from frmo.store.runs import runs
from frmo.store.workspace import FOLDERS, Workspace

_RECENT = 20


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `level`: ok, note or bad. `fix`: what a person can do."""

    name: str
    level: str
    message: str
    fix: str = ""


def machine(around: Surroundings) -> Iterator[Finding]:
    """Python, sandbox and models."""
    yield Finding("python", "ok", f"{platform.python_version()} at {sys.executable}")
    try:
        level = choose(around.env, around.sandbox_level).level
    except FrmoError as fault:
        yield Finding("sandbox", "bad", "none is usable, so nothing of an agent will run", str(fault))
    else:
        weak = level not in ("full", "container")
        yield Finding("sandbox", "note" if weak else "ok", level, "every verdict says so" if weak else "")
    yield from _models(around)


def _models(around: Surroundings) -> Iterator[Finding]:
    kind = meant("auto", around.env)
    yield Finding("agent", "ok", f"`auto` means {kind}" + ("" if kind == "local" else ": ANTHROPIC_API_KEY is set"))
    if kind == "local":
        installed = importlib.util.find_spec("xllamacpp") is not None
        yield Finding(
            "local server",
            "ok" if installed else "bad",
            "xllamacpp is installed" if installed else "xllamacpp is not installed",
            "" if installed else "pip install 'frmo[local]'",
        )
        found = stored(DEFAULT, around.cache / "models")
        fetched = found.state == "ok"
        yield Finding(
            "weights",
            "ok" if fetched else "bad",
            f"{DEFAULT.name}: {found.state}",
            "" if fetched else "frmo models fetch",
        )


def workspace_checks(start: Path) -> Iterator[Finding]:
    """What the workspace at `start` holds; a single finding where there is none."""
    try:
        workspace = Workspace.open(start)
    except FrmoError as fault:
        yield Finding("workspace", "bad", str(fault))
        return
    yield Finding("workspace", "ok", f"{workspace.root}, folders under {workspace.prefix or 'the top'}")
    checks: tuple[Callable[[Workspace], Iterator[Finding]], ...] = (
        _config,
        _hooks,
        _ignored,
        _inbox,
        _leases,
        _branches,
        _ledger,
        _history,
    )
    for check in checks:
        try:
            yield from check(workspace)
        except FrmoError as fault:
            yield Finding(check.__name__.strip("_"), "bad", str(fault))


def _config(workspace: Workspace) -> Iterator[Finding]:
    _, warnings = load_config(workspace)
    yield Finding("config", "ok", "valid")
    for text in warnings:
        yield Finding("config", "note", text, "commit it, or put it back")


def _hooks(workspace: Workspace) -> Iterator[Finding]:
    found = standing(workspace.repo)
    wrong = {event: how for event, how in found.items() if how != "installed"}
    if not wrong:
        yield Finding("hooks", "ok", f"{', '.join(found)}: installed, as shipped")
    elif set(wrong.values()) == {"elsewhere"}:
        where = workspace.repo.setting("core.hooksPath")
        yield Finding(
            "hooks", "note", f"core.hooksPath is {where}, so git runs none of frmo's", "call `frmo hook` from yours"
        )
    else:
        said = ", ".join(f"{event} {how}" for event, how in wrong.items())
        yield Finding("hooks", "note", said, "`frmo init` puts them in place; a foreign one is kept and called first")


def _ignored(workspace: Workspace) -> Iterator[Finding]:
    hidden = workspace.repo.ignored([workspace.path(name) for name in FOLDERS])
    if hidden:
        yield Finding("ignored", "note", f"git ignores {', '.join(hidden)}", "git check-ignore -v names the rule")


def _inbox(workspace: Workspace) -> Iterator[Finding]:
    entries = scan(workspace)
    for entry in entries:
        for fault in entry.faults:
            yield Finding("inbox", "bad", str(fault))
    yield Finding("inbox", "ok", f"{sum(entry.task is not None for entry in entries)} task files")


def _leases(workspace: Workspace) -> Iterator[Finding]:
    claims = all_claims(workspace.repo)
    dead = [claim for claim in claims if not is_alive(claim.lease.holder)]
    if dead:
        yield Finding(
            "leases", "note", f"{len(dead)} of processes that are gone", "the next `frmo run` takes them over"
        )
    yield Finding("leases", "ok", f"{len(claims) - len(dead)} held")


def _branches(workspace: Workspace) -> Iterator[Finding]:
    found = runs(workspace)
    for run in found:
        yield from _record(run.recorded)
    unsettled = [run.task for run in found if not run.state.settled]
    if unsettled:
        yield Finding("branches", "note", f"{len(unsettled)} not finished", "`frmo run` goes on with them")
    yield Finding("branches", "ok", f"{len(found)} task branches")


def _record(record: RunRecord) -> Iterator[Finding]:
    """Every machine-written file of a run against its schema."""
    checked = [
        ("state", "state.json", record.fact("state.json")),
        ("checklist", "checklist.json", record.fact("checklist.json")),
    ]
    for folder, kind in (
        ("steps", "step"),
        ("analysis", "analysis"),
        ("validation", "validation"),
        ("transcripts", "transcript"),
    ):
        checked += [(kind, f"{folder}/{name}", data) for name, data in record.facts(folder).items()]
    checked += [("error", f"{row.number:02d}.json", row.to_data()) for row in record.errors()]
    for kind, name, data in checked:
        if data is not None:
            for fault in faults(kind, data, f"{record.task}/{name}"):
                yield Finding("records", "bad", str(fault))


def _ledger(workspace: Workspace) -> Iterator[Finding]:
    ledger = Ledger(workspace)
    if ledger.tip() is None:
        yield Finding("ledger", "ok", "empty: nothing has settled yet")
        return
    totals = ledger.totals()
    yield Finding("ledger", "ok", f"{totals.runs} runs in {LEDGER.removeprefix('refs/heads/')}, ${totals.cost_usd:.4f}")


def _history(workspace: Workspace) -> Iterator[Finding]:
    """A quick look; `frmo verify` without a range looks at everything."""
    head = workspace.repo.head()
    ranges = [f"{_back(workspace, tip, 2 * _RECENT)}..{tip}" for tip in (ledger_tip(workspace), head) if tip]
    found = audit(workspace, ranges)
    if found.breaches:
        count = len({item.commit for item in found.breaches})
        yield Finding(
            "history", "bad", f"{count} of the latest commits do not hold: {found.breaches[0]}", "frmo verify"
        )
    else:
        yield Finding(
            "history", "ok", f"the latest {found.commits} commits hold ({found.runs} runs); `frmo verify` does all"
        )


def _back(workspace: Workspace, tip: str, count: int) -> str:
    """The commit `count` before `tip` on its line, or '' where the line is shorter."""
    for number, commit in enumerate(workspace.repo.history(tip)):
        if number == count:
            return commit.oid
    return ""
