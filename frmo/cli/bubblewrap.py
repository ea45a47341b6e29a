"""Getting bubblewrap where it is missing: by the system's package manager when frmo may, else the line to type."""

import os
import shutil
import subprocess

from frmo.cli.output import note
from frmo.errors import SandboxUnavailable

# Program looked for -> what installs bubblewrap with it.
_MANAGERS = {
    "apt-get": ("apt-get", "install", "-y", "--no-install-recommends", "bubblewrap"),
    "dnf": ("dnf", "install", "-y", "bubblewrap"),
    "pacman": ("pacman", "-S", "--noconfirm", "bubblewrap"),
    "apk": ("apk", "add", "bubblewrap"),
    "zypper": ("zypper", "--non-interactive", "install", "bubblewrap"),
}


def ensure_bubblewrap(*, yes: bool) -> None:
    """Install bubblewrap when it is missing and the person is root or said `--yes`. Raises SandboxUnavailable."""
    if shutil.which("bwrap"):
        return
    command = next((line for name, line in _MANAGERS.items() if shutil.which(name)), None)
    if command is None:
        raise SandboxUnavailable("bubblewrap (bwrap) is missing, and no package manager known to frmo is here")
    root = os.geteuid() == 0
    full = command if root else ("sudo", *command)
    if not (root or yes):
        raise SandboxUnavailable(f"bubblewrap is missing, and agents only run in its sandbox. Type: {' '.join(full)}")
    note(f"frmo: installing bubblewrap: {' '.join(full)}")
    if command[0] == "apt-get":
        subprocess.run([*full[: -len(command)], "apt-get", "update", "-qq"], check=False, stdout=subprocess.DEVNULL)
    ended = subprocess.run(full, check=False, stdout=subprocess.DEVNULL)
    if ended.returncode or not shutil.which("bwrap"):
        raise SandboxUnavailable(f"bubblewrap could not be installed. Type: {' '.join(full)}")
