"""Which sandbox: by the environment or the user's own configuration, never by anything inside a repository."""

from collections.abc import Mapping
from pathlib import Path

from frmo.errors import UsageFault
from frmo.sandbox.plain import PlainSandbox
from frmo.sandbox.probe import probed
from frmo.sandbox.program import Sandbox

LEVELS = ("full", "container", "none")
_PATH = "/usr/local/bin:/usr/bin:/bin"


def choose(env: Mapping[str, str], user_level: str | None = None) -> Sandbox:
    """The sandbox of level `FRMO_SANDBOX`, else `user_level` (the user's own configuration), else `full`.

    Never a lower level than asked for. Raises SandboxUnavailable with cause and fix within 2 s, UsageFault for a level
    that there isn't. Probed once in a process.
    """
    level = env.get("FRMO_SANDBOX") or user_level or "full"
    if level == "full":
        return probed(env.get("PATH", _PATH))
    if level == "none":
        return PlainSandbox(Path(env.get("TMPDIR", "/tmp")))  # noqa: S108  where the person keeps temporary files
    raise UsageFault(f"sandbox level {level!r}: there are {', '.join(LEVELS)}; set FRMO_SANDBOX to one of them")
