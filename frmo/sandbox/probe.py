"""Can bubblewrap do here what the sandbox asks of it? If not: why, and what to type."""

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from frmo.errors import SandboxUnavailable
from frmo.sandbox.full import FullSandbox
from frmo.sandbox.program import Limits, Program

OLDEST = (0, 8, 0)  # the first with --disable-userns
_SECONDS = 1.5
_SYSCTL = Path("/proc/sys")
_INSTALL = "install it: `sudo apt install bubblewrap` (Debian, Ubuntu), `sudo dnf install bubblewrap` (Fedora)"
_ELSE = "or use a container (FRMO_SANDBOX=container)"


@cache
def probed(path: str) -> FullSandbox:
    """The `full` sandbox, once a trivial program has run in it with its real arguments. `path`: where to find bwrap.

    Raises SandboxUnavailable within 2 s.
    """
    bwrap = shutil.which("bwrap", path=absolute_only(path))
    if not sys.platform.startswith("linux"):
        raise _unavailable("bubblewrap runs on Linux only", "use a container: FRMO_SANDBOX=container")
    if bwrap is None:
        raise _unavailable("the package bubblewrap is not installed", f"{_INSTALL}, {_ELSE}")
    version = version_of(bwrap)
    if version < OLDEST:
        found, needed = ".".join(map(str, version)), ".".join(map(str, OLDEST))
        raise _unavailable(f"bubblewrap {found} is too old, {needed} is needed", f"install a newer one, {_ELSE}")
    sandbox = FullSandbox(bwrap, start_s=_SECONDS)
    try:
        ended = sandbox.run(Program(("/bin/true",), limits=Limits(seconds=_SECONDS)))
    except (OSError, KeyError) as error:
        raise _unavailable(
            f"this kernel lacks what the sandbox watches programs with ({error!r})", _ELSE[3:]
        ) from error
    if not ended.ok:
        raise _unavailable(*diagnosis(ended.stderr.decode(errors="replace"), _SYSCTL, Path("/")))
    return FullSandbox(bwrap)


def version_of(bwrap: str) -> tuple[int, ...]:
    """Version of the program, (0,) when it doesn't say."""
    try:
        shown = subprocess.run([bwrap, "--version"], env={}, capture_output=True, timeout=_SECONDS, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return (0,)
    match = re.search(rb"(\d+)\.(\d+)\.(\d+)", shown)
    return tuple(int(part) for part in match.groups()) if match else (0,)


def diagnosis(stderr: str, sysctl: Path, root: Path) -> tuple[str, str]:
    """Cause and fix of a failed trial run, from what bubblewrap said and how the machine is set."""
    if _value(sysctl / "kernel/unprivileged_userns_clone") == "0":
        return "user namespaces are forbidden (kernel.unprivileged_userns_clone=0)", (
            f"allow them: `sudo sysctl -w kernel.unprivileged_userns_clone=1`, {_ELSE}"
        )
    if _value(sysctl / "user/max_user_namespaces") == "0":
        return "user namespaces are forbidden (user.max_user_namespaces=0)", (
            f"allow them: `sudo sysctl -w user.max_user_namespaces=15000`, {_ELSE}"
        )
    if (root / ".dockerenv").exists() or (root / "run/.containerenv").exists():
        return "this container forbids new namespaces", (
            "start it with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined "
            "--security-opt systempaths=unconfined`, or run frmo outside of it"
        )
    if _value(sysctl / "kernel/apparmor_restrict_unprivileged_userns") == "1":
        return "AppArmor forbids bubblewrap user namespaces (Ubuntu 24.04 and later)", (
            "allow them for bubblewrap: `sudo apt install apparmor-profiles && sudo ln -s "
            "/usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && sudo systemctl reload "
            f"apparmor`, {_ELSE}"
        )
    said = stderr.strip().splitlines()[-1] if stderr.strip() else "it said nothing and did not start within 1.5 s"
    return f"bubblewrap can't start a program here ({said[:300]})", f"see `frmo doctor`, {_ELSE}"


def absolute_only(path: str) -> str:
    """PATH without relative entries: a workspace must not bring its own bwrap."""
    return ":".join(part for part in path.split(":") if part.startswith("/"))


def _value(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return None


def _unavailable(cause: str, fix: str) -> SandboxUnavailable:
    return SandboxUnavailable(f"no usable sandbox: {cause}. Nothing that an agent wrote was run. To go on, {fix}.")
