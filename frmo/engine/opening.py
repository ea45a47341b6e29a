"""Opening a worker: sandbox, gateway and budgets as the workspace, the person's own settings and the ledger say."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from frmo.engine.memory import Memory
from frmo.files import yaml_file
from frmo.files.reading import read
from frmo.gateway.caller import Spend
from frmo.gateway.gateway import Notice, silent
from frmo.gateway.opening import open_gateway
from frmo.gateway.recording import Shelf
from frmo.gateway.redact import Redactor, secrets_of
from frmo.gateway.retry import STANDARD
from frmo.gateway.shelves import Recordings, recordings
from frmo.model.config import Config
from frmo.repo.repository import set_durability
from frmo.sandbox.choice import choose
from frmo.steps.walk import Tools
from frmo.store.completions import CachedCompletions
from frmo.store.ledger import Ledger
from frmo.store.places import utc_date
from frmo.store.switches import Switch, stopped
from frmo.store.workspace import Workspace


@dataclass(frozen=True)
class Surroundings:
    """What only the command line knows: environment, cache folder, clock, the person's sandbox level, who listens.

    `script`: of the scripted kind, `recordings`: of the replay kind; where not given, the files that the config names.
    `max_wait_s`: how long one completion may wait for quota; None: the usual.
    """

    env: Mapping[str, str]
    cache: Path
    now: Callable[[], float]
    sandbox_level: str | None = None
    script: Mapping[str, Any] = field(default_factory=dict)
    notify: Callable[[str, str], None] = lambda _task, _text: None
    notice: Callable[[Notice], None] = silent
    use_cache: bool = True
    recorder: Shelf | None = None
    recordings: Recordings | None = None
    max_wait_s: float | None = None


def open_tools(workspace: Workspace, config: Config, around: Surroundings) -> Tools:
    """Everything a worker's walks share. Raises SandboxUnavailable before anything of an agent could run."""
    set_durability(config.durability)
    sandbox = choose(around.env, around.sandbox_level)
    script, recorded = _answers(workspace, config, around)
    today = Ledger(workspace).totals(since=utc_date(around.now()))
    gateway = open_gateway(
        config,
        env=around.env,
        weights=around.cache / "models",
        now=around.now,
        script=script,
        spent_today=Spend(today.cost_usd, today.tokens.total, today.duration_s),
        logs=around.cache / "logs",
        notice=around.notice,
        policy=STANDARD if around.max_wait_s is None else replace(STANDARD, max_wait_s=around.max_wait_s),
        stopped=lambda name: _why(stopped(workspace, name)),
        cache=CachedCompletions(workspace.repo) if around.use_cache else None,
        recorder=around.recorder,
        recordings=recorded.shelf if recorded else None,
        rows=recorded.rows if recorded else (),
    )
    return Tools(
        workspace=workspace,
        config=config,
        gateway=gateway,
        sandbox=sandbox,
        python=Path(sys.executable),
        redactor=Redactor(secrets_of(around.env)),
        now=around.now,
        script=script,
        remember=Memory(),
        notify=around.notify,
        path=around.env.get("PATH", ""),
    )


def _answers(workspace: Workspace, config: Config, around: Surroundings) -> tuple[Mapping[str, Any], Recordings | None]:
    """What the scripted and the replay kind answer from: the command line first, then `agents.<kind>.script`."""
    script, recorded = around.script, around.recordings
    named = config.profile("scripted").script
    if not script and named:
        script = yaml_file.load(read(workspace.root / named, named, within=workspace.root), named)
    named = config.profile("replay").script
    if recorded is None and named and (workspace.root / named).exists():
        recorded = recordings(workspace.root / named)
    return script, recorded


def _why(switch: Switch | None) -> str | None:
    return None if switch is None else f"{switch.why or 'no reason given'} (switch {switch.name})"
