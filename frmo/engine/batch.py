"""A batch: what is pending now, worked through by one worker, from opening to summary."""

import threading
from collections.abc import Sequence
from dataclasses import replace

from frmo.engine.opening import Surroundings, open_tools
from frmo.engine.pending import Board, board
from frmo.engine.result import Summary
from frmo.engine.worker import Worker
from frmo.model.config import Config
from frmo.store.workspace import Workspace


def plan_batch(workspace: Workspace, names: Sequence[str], *, again: bool) -> Board:
    """What a batch would work on."""
    return board(workspace, names, again=again)


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
