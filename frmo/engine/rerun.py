"""Replaying validations: the validators once more on a sample of what they judged, compared with what was recorded."""

import hashlib
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from frmo.engine.audit import Breach
from frmo.engine.audit_run import RunChain, validation_of
from frmo.engine.opening import Surroundings, open_tools
from frmo.errors import FrmoError
from frmo.model.config import Config
from frmo.model.verdict import Verdict
from frmo.repo.repository import CommitInfo
from frmo.steps.validate import judged
from frmo.steps.walk import Tools
from frmo.store.domains import load_domain
from frmo.store.places import is_bookkeeping
from frmo.store.workspace import Workspace


def in_sample(commit: str, percent: float) -> bool:
    """The same choice in every clone, of about `percent` of all commits."""
    return int(hashlib.sha256(commit.encode()).hexdigest()[:8], 16) < percent / 100 * 2**32


def replayed(
    workspace: Workspace,
    config: Config,
    chains: Sequence[RunChain],
    percent: float,
    around: Surroundings,
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[int, list[Breach]]:
    """How many validations were run again, and those that came to something else. Raises SandboxUnavailable."""
    chosen = [
        (chain, commit)
        for chain in chains
        for commit in chain.commits
        if in_sample(commit.oid, percent) and len(commit.parents) == 1 and commit.parents[0] != chain.base
    ]
    chosen = [(chain, commit) for chain, commit in chosen if _recorded(workspace, chain, commit)]
    found: list[Breach] = []
    if chosen:
        tools = open_tools(workspace, config, around)
        with tools.gateway, tempfile.TemporaryDirectory(prefix="frmo-") as folder:
            for count, (chain, commit) in enumerate(chosen, 1):
                why = _again(tools, chain, commit, Path(folder))
                found += [Breach(commit.oid, f"{chain.place.task}, run {chain.place.run}", why)] if why else []
                progress(count, len(chosen))
    return len(chosen), found


def _recorded(workspace: Workspace, chain: RunChain, commit: CommitInfo) -> bool:
    try:
        return validation_of(workspace, chain, commit) is not None
    except FrmoError:  # found by the audit
        return False


def _again(tools: Tools, chain: RunChain, commit: CommitInfo, folder: Path) -> str:
    """What differs when the parent's tree is judged again, or ''."""
    workspace, tip = tools.workspace, commit.parents[0]
    record = validation_of(workspace, chain, commit)
    assert record is not None, "chosen for having one"
    changed = [path for path in workspace.repo.changed(chain.base, tip) if not is_bookkeeping(workspace.prefix, path)]
    try:
        verdict, _ = judged(
            tools,
            chain.task,
            load_domain(workspace, chain.base, str(record["domain"])),
            tree=tip,
            base=chain.base,
            changed=changed,
            scratch=folder,
            bases=folder / "bases",
            cancel=threading.Event(),
        )
    except FrmoError as fault:
        return f"replay: could not be judged again: {fault}"
    was = Verdict.from_data(record["verdict"])
    mine, theirs = _core(verdict), _core(was)
    return "" if mine == theirs else f"replay: judged again, its levels are {mine}, recorded {theirs}"


def _core(verdict: Verdict) -> str:
    """What must be the same on every machine: which levels passed, with how many checks."""
    rows = (f"{item.level} {'passed' if item.passed else 'failed'} ({item.checks})" for item in verdict.levels)
    return ", ".join(rows)
