"""Opening a gateway from a workspace's configuration."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from frmo.gateway.budget import Book
from frmo.gateway.caller import NOTHING, Spend
from frmo.gateway.gateway import Gateway, Notice, nothing_stopped, silent
from frmo.gateway.kinds import Providers, Setting
from frmo.gateway.recording import Shelf
from frmo.gateway.redact import Redactor, secrets_of
from frmo.gateway.retry import STANDARD, Policy
from frmo.model.config import Config


def open_gateway(
    config: Config,
    *,
    env: Mapping[str, str],
    weights: Path,
    now: Callable[[], float],
    script: Mapping[str, Any] | None = None,
    spent_today: Spend = NOTHING,
    logs: Path | None = None,
    notice: Callable[[Notice], None] = silent,
    policy: Policy = STANDARD,
    stopped: Callable[[str], str | None] = nothing_stopped,
    cache: Shelf | None = None,
    recorder: Shelf | None = None,
    recordings: Shelf | None = None,
    rows: Sequence[Mapping[str, Any]] = (),
) -> Gateway:
    """A gateway with the config's budgets and profiles. Nothing is started or imported before the first completion.

    `weights`: folder of local weights. `script`: data of the scripted kind. `spent_today`: by all of this UTC day so
    far, from the ledger. `logs`: folder for the local server's log. `stopped`, `cache`, `recorder`: see Gateway.
    `recordings` and `rows`: what the replay kind answers from (by request hash; by task, see ReplayProvider).
    """
    setting = Setting(
        env=env, weights=weights, jobs=config.jobs, script=script or {}, logs=logs, recordings=recordings, rows=rows
    )
    book = Book(day=config.day_budget, run=config.run_budget, task=config.task_budget, now=now, spent_today=spent_today)
    return Gateway(
        Providers(setting, config.agents),
        book,
        now=now,
        redactor=Redactor(secrets_of(env)),
        policy=policy,
        notice=notice,
        stopped=stopped,
        cache=cache,
        recorder=recorder,
    )
