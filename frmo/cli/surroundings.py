"""What only the command line may read: environment, clock, the user's own folders and configuration."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs

from frmo.engine.opening import Surroundings
from frmo.errors import Fault, InputError
from frmo.files import yaml_file
from frmo.files.reading import read
from frmo.gateway.gateway import Notice, silent
from frmo.gateway.shelves import is_recording, recorder, recordings


def cache_folder() -> Path:
    """The user's cache folder for frmo."""
    return Path(platformdirs.user_cache_dir("frmo", appauthor=False))


def user_config() -> Path:
    """The person's own configuration, outside every repository: `sandbox: full|container|none`."""
    return Path(platformdirs.user_config_dir("frmo", appauthor=False)) / "config.yaml"


def surroundings(
    *,
    script: Path | None = None,
    use_cache: bool = True,
    record: Path | None = None,
    notify: Callable[[str, str], None] = lambda _task, _text: None,
    notice: Callable[[Notice], None] = silent,
    max_wait_s: float | None = None,
) -> Surroundings:
    """Everything outside the workspace that a worker needs. `script`: of the scripted kind, or recordings to replay."""
    cache = cache_folder()
    for folder in (cache / "models", cache / "logs"):
        folder.mkdir(parents=True, exist_ok=True)
    return Surroundings(
        env=dict(os.environ),
        cache=cache,
        now=time.time,
        sandbox_level=_sandbox_level(),
        script=_loaded(script) if script and not is_recording(script) else {},
        recordings=recordings(script) if script and is_recording(script) else None,
        recorder=recorder(record) if record else None,
        use_cache=use_cache,
        notify=notify,
        notice=notice,
        max_wait_s=max_wait_s,
    )


def _sandbox_level() -> str | None:
    path = user_config()
    if not path.is_file():
        return None
    data = _loaded(path) or {}
    if not isinstance(data, dict) or set(data) - {"sandbox"}:
        raise InputError([Fault(str(path), "holds a key other than `sandbox`", hint="see README, Security")])
    level = data.get("sandbox")
    return None if level is None else str(level)


def _loaded(path: Path) -> Any:  # noqa: ANN401  parsed YAML
    return yaml_file.load(read(path, str(path)), str(path))
