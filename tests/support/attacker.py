"""Sets a scene outside the sandbox, runs attacks inside, and says which had an effect outside. One JSON object on stdout.

A program of its own, so that the tests can run it as another user: `attacker.py FOLDER WEAKNESS NAME…`.
"""

import ctypes
import json
import os
import platform
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from attacks import ATTACKS, PREAMBLE, Attack  # noqa: E402

from frmo.sandbox import bubblewrap, launcher  # noqa: E402
from frmo.sandbox.collection import collect  # noqa: E402
from frmo.sandbox.full import FullSandbox  # noqa: E402
from frmo.sandbox.interpreter import python_mounts  # noqa: E402
from frmo.sandbox.plain import PlainSandbox  # noqa: E402
from frmo.sandbox.program import MIB, Ended, Limits, Mount, Program  # noqa: E402
from frmo.sandbox.syscalls import ABSENT, FILTERED, FORBIDDEN  # noqa: E402

_NAMESPACES = {"user-try": "", "ipc": "ipc", "pid": "pid", "net": "net", "uts": "uts", "cgroup-try": ""}
_ALLOW_ALL = bytes.fromhex("06000000") + (0x7FFF0000).to_bytes(4, sys.byteorder)


class Scene:
    """Everything outside that an attack could touch, and what it looked like before."""

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self.token = secrets.token_hex(16)  # marks what is ours in names and claims; the programs know it
        self.secret = "secret-" + secrets.token_hex(16)  # what they must not learn
        self.folder = folder
        self.outside = self._folder("outside")
        self.home = self._folder("home")
        self.worktree = self._folder("repository/work")
        self.canary = self._file(self.outside / "canary", "as it was")
        self.secret_file = self._file(self.outside / "secret", self.secret)
        self._file(self.home / ".netrc", self.secret)
        self._file(self._folder("repository/.git") / "config", self.secret)
        self.mounted = self._file(self._folder("mounted") / "file", "as it was")
        self.tmp_file = self._file(Path(tempfile.gettempdir(), f"frmo-attack-{self.token}"), self.secret)
        self.shm_file = self._file(Path("/dev/shm", f"frmo-attack-{self.token}"), self.secret)
        for path in (self.tmp_file, self.shm_file):
            opened.callback(lambda path=path: [extra.unlink() for extra in path.parent.glob(path.name + "*")])
        self.victim = subprocess.Popen(["sleep", "600"], env={"KEY": self.secret})
        opened.callback(self.victim.wait)
        opened.callback(self.victim.kill)
        self.listeners = [opened.enter_context(listener) for listener in self._listeners()]
        self.segment = _planted_segment(self.secret, opened)
        # A descriptor that a careless worker would let its programs inherit.
        os.set_inheritable(opened.enter_context(self.secret_file.open()).fileno(), True)
        self.hostname = socket.gethostname()
        self.files = self._listing()

    def targets(self) -> dict:
        column = {"x86_64": 0, "aarch64": 1}[platform.machine()]
        calls = {**FORBIDDEN, **ABSENT, **FILTERED}
        return {
            "token": self.token, "worker": os.getpid(), "victim": self.victim.pid, "segment": self.segment,
            "outside": str(self.outside), "home": str(self.home), "worktree": str(self.worktree),
            "repository": str(self.worktree.parent), "canary": str(self.canary), "secret_file": str(self.secret_file),
            "tmp_file": str(self.tmp_file), "shm_file": str(self.shm_file), "socket_file": str(self.outside / "socket"),
            "abstract": self.token, "tcp": self.listeners[0].getsockname()[1], "udp": self.listeners[1].getsockname()[1],
            "calls": {name: numbers[column] for name, numbers in calls.items()},
        }  # fmt: skip

    def effects(self, ended: Ended) -> list[str]:
        """What the last program did outside; the scene is set right again."""
        found = []
        said = ended.stdout + ended.stderr
        if f"WON {self.token}".encode() in ended.stdout:
            found.append("did what it must not: " + ended.stdout.decode(errors="replace")[:200])
        elif self.secret.encode() in said:
            found.append("printed the secret")
        found += [f"changed {path}" for path in self._changed()]
        if self.victim.poll() is not None or _state(self.victim.pid) == "T":
            found.append("reached a process outside")
            self._revive()
        found += ["reached a socket outside" for listener in self.listeners if _reached(listener)]
        found += [f"lives on: {pid}" for pid in _alive(self.token)]
        found += self._left_in_worktree()
        if socket.gethostname() != self.hostname:
            found.append("renamed the host")
            socket.sethostname(self.hostname)
        return found

    def _folder(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def _file(self, path: Path, content: str) -> Path:
        path.write_text(content)
        return path

    def _listing(self) -> set[str]:
        places = [*self.outside.rglob("*"), *self.home.rglob("*"), *self.worktree.parent.glob("*")]
        around = [
            *self.tmp_file.parent.glob(self.tmp_file.name + "*"),
            *Path("/dev/shm").glob(self.shm_file.name + "*"),
        ]
        return {str(path) for path in (*places, *around)}

    def _changed(self) -> list[str]:
        found = sorted(self._listing() ^ self.files)
        for path in found:
            if path not in self.files:
                Path(path).unlink()
        for path in (self.canary, self.mounted):
            if not path.exists() or path.read_text() != "as it was":
                found.append(str(path))
                self._file(path, "as it was")
        return found

    def _revive(self) -> None:
        self.victim.kill()
        self.victim.wait()
        self.victim.__init__(["sleep", "600"], env={"KEY": self.secret})

    def _listeners(self) -> list[socket.socket]:
        tcp, udp = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        abstract, named = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        tcp.bind(("127.0.0.1", 0))
        udp.bind(("127.0.0.1", 0))
        abstract.bind("\0" + self.token)
        named.bind(str(self.outside / "socket"))
        for listener in (tcp, abstract, named):
            listener.listen()
        for listener in (tcp, udp, abstract, named):
            listener.setblocking(False)
        return [tcp, udp, abstract, named]

    def _left_in_worktree(self) -> list[str]:
        """Set-id bits on the machine, and secrets or repositories that collection would carry out."""
        found = [
            f"{path} has a set-id bit"
            for path in self.worktree.rglob("*")
            if path.lstat().st_mode & 0o6000 and not path.is_symlink()
        ]
        found += [
            f"{path} is a file outside"
            for path in self.worktree.rglob("*")
            if path.lstat().st_nlink > 1 and stat.S_ISREG(path.lstat().st_mode)
        ]
        for file in collect(self.worktree).files:
            if self.secret.encode() in file.content or ".git" in file.path.casefold():
                found.append(f"collected {file.path}")
        for child in self.worktree.iterdir():
            shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()
        return found


def weakened(weakness: str):
    """The sandbox without one of its defences; `nothing`: the real one."""
    sandbox = PlainSandbox(Path(tempfile.gettempdir())) if weakness == "wall" else FullSandbox(shutil.which("bwrap"))
    strict = list(bubblewrap._STRICT)
    if "filter" in weakness:
        sandbox._filter = _ALLOW_ALL
    for name in ("net", "pid", "ipc", "uts"):
        if name in weakness.split("+"):
            kept = [f"--unshare-{space}" for space, key in _NAMESPACES.items() if key != name]
            place = strict.index("--unshare-all")
            strict[place : place + 1] = kept
            if name == "uts":
                del strict[strict.index("--hostname") : strict.index("--hostname") + 2]
    bubblewrap._STRICT = tuple(strict)
    if weakness == "readonly":
        original = bubblewrap.arguments
        bubblewrap.arguments = lambda *args: ["--bind" if word == "--ro-bind" else word for word in original(*args)]
    if weakness == "environment":
        bubblewrap._STRICT = tuple(word for word in strict if word != "--clearenv")
        start = launcher.LAUNCHER.start
        launcher.LAUNCHER.start = lambda argv, env, **more: start(argv, env=dict(os.environ), **more)
    # In the machine's pid namespace the watchdog would count the machine's processes.
    sandbox.counts = "pid" not in weakness
    return sandbox


def main(folder: str, weakness: str, *names: str) -> None:
    attacks = [attack for attack in ATTACKS if attack.name in names]
    with ExitStack() as opened:
        scene = Scene(Path(folder), opened)
        os.environ["FRMO_ATTACK_SECRET"] = scene.secret
        sandbox = weakened(weakness)
        results = {attack.name: _outcome(attack, scene, sandbox) for attack in attacks}
    sys.stdout.write(json.dumps(results))


def _outcome(attack: Attack, scene: Scene, sandbox) -> dict:
    program = Program(
        argv=(sys.executable, "-I", "-S", "-c", PREAMBLE + attack.code, json.dumps(scene.targets())),
        writable=scene.worktree,
        readonly=(*python_mounts(Path(sys.executable)), Mount(scene.mounted.parent, "/frmo-test")),
        limits=Limits(
            seconds=4,
            memory_bytes=(256 if sandbox.counts else 1 << 20) * MIB,
            processes=16 if sandbox.counts else 10_000,
            output_bytes=8 * MIB,
        ),
    )
    ended = sandbox.run(program)
    said = ended.stderr.decode(errors="replace")[-300:]
    return {"effects": scene.effects(ended), "status": ended.status, "code": ended.code, "stderr": said}


def _planted_segment(secret: str, opened: ExitStack) -> int:
    """System V shared memory with the secret in it."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    libc.shmdt.argtypes = [ctypes.c_void_p]
    segment = libc.shmget(0, 4096, 0o1666)
    place = libc.shmat(segment, None, 0)
    ctypes.memmove(place, secret.encode(), len(secret))
    libc.shmdt(place)
    opened.callback(libc.shmctl, segment, 0, None)
    return segment


def _reached(listener: socket.socket) -> bool:
    try:
        if listener.type == socket.SOCK_DGRAM:
            return bool(listener.recv(10))
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def _alive(token: str) -> list[int]:
    """Processes that carry the token in their command line and are not ours."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            pid = int(path.parent.name)
            if token.encode() in path.read_bytes() and pid != os.getpid() and _state(pid) != "Z":
                found.append(pid)
        except OSError:
            continue
    for pid in found:
        os.kill(pid, 9)
    return found


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
