"""Which sandbox: by the environment or the user's own configuration, never by anything inside a repository."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from frmo.errors import SandboxUnavailable, UsageFault
from frmo.sandbox.container import IMAGE, ContainerSandbox, Engine, probe
from frmo.sandbox.plain import PlainSandbox
from frmo.sandbox.probe import absolute_only, probed
from frmo.sandbox.program import Sandbox

LEVELS = ("full", "container", "none")
_ENGINE_ENV = ("PATH", "HOME", "XDG_RUNTIME_DIR", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "CONTAINER_HOST")
_PATH = "/usr/local/bin:/usr/bin:/bin"


def choose(env: Mapping[str, str], user_level: str | None = None) -> Sandbox:
    """The sandbox of level `FRMO_SANDBOX`, else `user_level` (the user's own configuration), else `full`.

    Never a lower level than asked for. Raises SandboxUnavailable with cause and fix within 2 s, UsageFault for a level
    that there isn't. Probed once in a process.
    """
    level = env.get("FRMO_SANDBOX") or user_level or "full"
    if level == "full":
        return probed(env.get("PATH", _PATH))
    if level == "container":
        return _container(env)
    if level == "none":
        return PlainSandbox(Path(env.get("TMPDIR", "/tmp")))  # noqa: S108  where the person keeps temporary files
    raise UsageFault(f"sandbox level {level!r}: there are {', '.join(LEVELS)}; set FRMO_SANDBOX to one of them")


def _container(env: Mapping[str, str]) -> ContainerSandbox:
    """docker, else podman; the image by FRMO_SANDBOX_IMAGE."""
    path = absolute_only(env.get("PATH", _PATH))
    for name in ("docker", "podman"):
        if found := shutil.which(name, path=path):
            kept = {key: env[key] for key in _ENGINE_ENV if key in env}
            engine = Engine(found, env.get("FRMO_SANDBOX_IMAGE") or IMAGE, kept)
            probe(engine)
            return ContainerSandbox(engine)
    raise SandboxUnavailable(
        "no usable sandbox: neither docker nor podman is on PATH. Nothing that an agent wrote was run. To go on, install "
        "one of them, or on Linux install bubblewrap and leave FRMO_SANDBOX unset."
    )
