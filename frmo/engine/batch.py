"""A batch, from opening to summary: what is pending now, or with a watch what is dropped until somebody stops it."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from frmo.engine.inotify import signs
from frmo.engine.opening import Surroundings, open_tools
from frmo.engine.pending import Board, board
from frmo.engine.post import post
from frmo.engine.result import Summary, in_order
from frmo.engine.watch import Watch
from frmo.engine.worker import Worker
from frmo.errors import Fault, GitError
from frmo.model.config import Config
from frmo.store.inbox import FOLDER
from frmo.store.ledger import Ledger
from frmo.store.workspace import Workspace


def plan_batch(workspace: Workspace, names: Sequence[str], *, again: bool) -> Board:
    """What a batch would work on."""
    return board(workspace, names, again=again)


def fetch_ledger(workspace: Workspace, now: float) -> str | None:
    """Take in what the remote's ledger remembers, so that nothing is done again. Why that failed, or None.

    A remote that can't be reached stops nobody: joining later gives the same ledger.
    """
    try:
        Ledger(workspace).fetch(now)
    except GitError as fault:
        return f"the remote's ledger could not be fetched, going on without: {fault}"
    return None


def run_watch(
    workspace: Workspace,
    config: Config,
    around: Surroundings,
    *,
    jobs: int | None,
    agent: str | None,
    name: str,
    stop: threading.Event,
    report: Callable[[Fault], None],
) -> Summary:
    """Work on what is pending and on what is dropped, until `stop`. UsageFault while another process watches here."""
    config = replace(config, jobs=jobs or config.jobs)
    changed = threading.Event()
    with post(workspace.repo.git_dir, name), signs(workspace.place(FOLDER), changed):
        tools = open_tools(workspace, config, around)
        with tools.gateway:
            feed = Watch(workspace, now=around.now, changed=changed, stop=stop, report=report, notify=around.notify)
            finished = [row.task for row in board(workspace).done]
            rows, faults = Worker(tools, name, around.env, stop, agent=agent).serve(feed, config.jobs, finished)
    return Summary(in_order(rows), tuple(faults), stopped=True)


def run_batch(
    batch: Board,
    workspace: Workspace,
    config: Config,
    around: Surroundings,
    *,
    jobs: int | None,
    agent: str | None,
    name: str,
    stop: threading.Event,
) -> Summary:
    """Work through `batch`. Nothing is opened, no sandbox asked for, when there is nothing to do."""
    if not batch.work:
        return Summary(batch.chosen, batch.faults)
    config = replace(config, jobs=jobs or config.jobs)
    tools = open_tools(workspace, config, around)
    with tools.gateway:
        worker = Worker(tools, name, around.env, stop, agent=agent)
        return worker.run(batch, config.jobs)
