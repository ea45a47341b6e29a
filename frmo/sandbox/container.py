"""Level `container`: the same programs in a fresh docker or podman container. For macOS and for CI.

The image holds the interpreter; nothing of the machine is shown but the program's own mounts and its worktree. Limits are
the container's own; deadline and output are ours.
"""

import contextlib
import json
import os
import re
import secrets
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from frmo.errors import SandboxUnavailable
from frmo.sandbox import bubblewrap
from frmo.sandbox.disk import DiskGauge
from frmo.sandbox.launcher import LAUNCHER
from frmo.sandbox.memory import MemoryGauge
from frmo.sandbox.program import WORKTREE, Ended, Program
from frmo.sandbox.received import Received
from frmo.sandbox.running import RunningProgram, Supervised, begun
from frmo.sandbox.tree import UnseenTree
from frmo.sandbox.watchdog import WATCHDOG

IMAGE = "docker.io/library/python:3.11-slim"
_START_S = 60.0
_PROBE_S = 1.8
_REMOVE_S = 10.0
_IMAGE = re.compile(r"[a-z0-9][a-z0-9._/:@-]{0,254}")


@dataclass(frozen=True)
class Engine:
    """The program that runs containers. `path`: absolute. `env`: what it needs to find its server, and nothing else."""

    path: str
    image: str = IMAGE
    env: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if not _IMAGE.fullmatch(self.image):
            raise SandboxUnavailable(f"{self.image!r} is not the name of a container image; set FRMO_SANDBOX_IMAGE")


class ContainerSandbox:
    """Programs in containers. One instance serves every thread."""

    level = "container"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(self, program: Program, cancel: threading.Event | None = None) -> Ended:
        """Run to the end of the container."""
        running = self._start(program, cancel, lines=False)
        if program.stdin:
            running.feed(program.stdin)
        return running.wait()

    def start(self, program: Program, cancel: threading.Event | None = None) -> RunningProgram:
        """Start for an exchange of lines."""
        return self._start(program, cancel, lines=True)

    def _start(self, program: Program, cancel: threading.Event | None, *, lines: bool) -> RunningProgram:
        if program.pass_fds:
            raise ValueError("a container can't be given open descriptors")
        name = f"frmo-{secrets.token_hex(8)}"
        argv = command(self._engine, name, program)
        process = LAUNCHER.start(argv, env=self._engine.env or {}, pass_fds=())
        running = RunningProgram(process, program.limits, cancel, Received(program.limits, lines))
        remove = Removal(self._engine, name)
        running.ends_by(remove)
        with begun(running):
            if running.await_line(bubblewrap.READY, _START_S):
                running.supervise(_watched(program), remove)
                WATCHDOG.add(running)
                running.write_first(bubblewrap.GO)
        return running


def _watched(program: Program) -> Supervised:
    """The engine keeps memory and processes; the growth of the worktree is ours to see."""
    tree, limits = UnseenTree(), program.limits
    disk = DiskGauge(program.writable, tree, limits.disk_bytes, limits.inodes) if program.writable else None
    return Supervised(tree, MemoryGauge(tree, (), limits.memory_bytes), disk, contextlib.ExitStack())


class Removal:
    """Ends a container, whatever state it is in."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine, self._name = engine, name

    def __call__(self) -> None:
        """Return when the container is gone."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                [self._engine.path, "rm", "--force", self._name],
                env=dict(self._engine.env or {}),
                capture_output=True,
                timeout=_REMOVE_S,
                check=False,
            )


def command(engine: Engine, name: str, program: Program) -> list[str]:
    """The command line of the engine. Pure."""
    limits = program.limits
    memory = str(limits.memory_bytes)
    scratch = f"rw,nosuid,nodev,size={bubblewrap.scratch_bytes(program)}"
    mounts = [
        f"type=bind,src={_plain(str(mount.source))},dst={_plain(mount.target)},readonly" for mount in program.readonly
    ]
    if program.writable:
        mounts.append(f"type=bind,src={_plain(str(program.writable))},dst={WORKTREE}")
    work = [] if program.writable else ["--tmpfs", f"{WORKTREE}:ro,size=4k"]
    env = [part for pair in bubblewrap.environment(program).items() for part in ("--env", "=".join(pair))]
    return [
        engine.path, "run", "--rm", "--interactive", "--name", name, "--pull", "never", "--init",
        "--network", "none", "--ipc", "private", "--read-only", "--cap-drop", "ALL",
        "--security-opt", "no-new-privileges", "--user", f"{os.getuid()}:{os.getgid()}",
        "--memory", memory, "--memory-swap", memory, "--pids-limit", str(limits.processes * 8),
        "--shm-size", str(bubblewrap.scratch_bytes(program)), "--tmpfs", f"/tmp:{scratch}",  # noqa: S108
        *work, *(part for mount in mounts for part in ("--mount", mount)), *env,
        "--workdir", program.cwd, "--entrypoint", "/bin/sh", engine.image,
        "-c", bubblewrap.PROLOGUE, "frmo", *bubblewrap.prologue_limits(program, count_bound=True), *program.argv,
    ]  # fmt: skip


def _plain(path: str) -> str:
    """`path`, which a mount option must be able to hold."""
    if "," in path or '"' in path or "\0" in path or "\n" in path:
        raise ValueError(f"{path!r} can't be mounted in a container: it holds a comma, a quote or a control character")
    return path


def probe(engine: Engine) -> None:
    """Raise SandboxUnavailable within 2 s unless the engine answers and has the image."""
    tool = os.path.basename(engine.path)  # noqa: PTH119  a name for people
    try:
        asked = subprocess.run(
            [engine.path, "image", "inspect", engine.image],
            env=dict(engine.env or {}),
            capture_output=True,
            timeout=_PROBE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxUnavailable(
            f"no usable sandbox: {tool} does not answer ({error}). Start it, then try again."
        ) from error
    if asked.returncode == 0 and json.loads(asked.stdout or b"[]"):
        return
    said = asked.stderr.decode(errors="replace").strip()[:300]
    raise SandboxUnavailable(
        f"no usable sandbox: {tool} has no image {engine.image} ({said}). Nothing that an agent wrote was run. "
        f"To go on, start {tool} and type `{tool} pull {engine.image}`."
    )
