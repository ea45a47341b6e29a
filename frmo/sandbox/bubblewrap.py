"""The command line of bubblewrap in its strict form, and the files that go with it. Pure: nothing is started here.

Order matters: the system, then /tmp, then the program's own mounts, the worktree last; then everything that is not the
worktree, /tmp or /dev/shm becomes read-only.
"""

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from frmo.sandbox.program import WORKTREE, Mount, Program

HOME = "/tmp"  # noqa: S108  a tmpfs of its own in every sandbox
DEFAULT_ENV = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": HOME,
    "TMPDIR": HOME,
    "LANG": "C.UTF-8",
}
# Copied where they exist: what the dynamic linker and the C library read. A copy is cheaper than a mount.
_ETC = ("ld.so.cache", "nsswitch.conf", "localtime")
_ETC_MOST = 1 << 20
_ETC_FILES = {
    "/etc/passwd": b"agent:x:1000:1000:agent:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "/etc/group": b"agent:x:1000:\nnogroup:x:65534:\n",
    "/etc/hosts": b"127.0.0.1 localhost\n::1 localhost\n",
}
_STRICT = (
    "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--clearenv",
    "--cap-drop", "ALL", "--uid", "1000", "--gid", "1000", "--hostname", "frmo",
)  # fmt: skip
# Of these the kernel tells even an ordinary user more about the machine than a program needs.
_HIDDEN = ("kcore", "keys", "kallsyms", "timer_list")
_ELSEWHERE = 4096  # processes and threads the same user may have outside, where the kernel counts them together
_OWN = ("/proc", "/dev", "/tmp", "/etc", "/sys", "/usr", WORKTREE)  # noqa: S108

# Prints a marker, waits for the word to go, becomes the program: so a program that never began is told from one that
# failed, and none begins after its worker has died. $1 to $5: limits; the rest: the program.
READY = b"frmo: ready\n"
GO = b"go\n"
PROLOGUE = (
    '{ ulimit -c 0; ulimit -f "$1"; ulimit -d "$2"; ulimit -n "$3"; ulimit -t "$4"; '
    'ulimit -p "$5" || ulimit -u "$5"; } 2>/dev/null; shift 5; '
    'command -v "$1" >/dev/null || { echo "frmo: no program $1 in the sandbox" >&2; exit 127; }; '
    'printf "frmo: ready\\n"; read -r word && [ "$word" = go ] || exit 125; unset word PWD OLDPWD; exec "$@"'
)


def system_mounts() -> list[str]:
    """Arguments that show the machine's programs and libraries read-only, and nothing else of it."""
    found = ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"):
        path = Path(name)
        if path.is_symlink():
            found += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            found += ["--ro-bind", name, name]
    if Path("/nix/store").is_dir():
        found += ["--ro-bind", "/nix/store", "/nix/store"]
    if Path("/etc/alternatives").is_dir():
        found += ["--ro-bind", "/etc/alternatives", "/etc/alternatives"]
    return found


def hidden_files() -> list[str]:
    """Arguments that cover what /proc says about the machine, and make the rest of it read-only."""
    cover = [
        part for name in _HIDDEN if Path("/proc", name).exists() for part in ("--ro-bind", "/dev/null", f"/proc/{name}")
    ]
    return [*cover, "--remount-ro", "/proc"]


def arguments(
    program: Program, system: Iterable[str], files: dict[str, int], info_fd: int, filter_fd: int
) -> list[str]:
    """Everything for `bwrap --args`. `files`: path inside to a descriptor with its content."""
    scratch = str(scratch_bytes(program))
    shared = ["--size", scratch, "--tmpfs", "/dev/shm", "--remount-ro", "/dev", "--size", scratch, "--tmpfs", "/tmp"]  # noqa: S108
    given = [part for path, fd in files.items() for part in ("--perms", "0444", "--file", str(fd), path)]
    mounts = [part for mount in _ordered(program.readonly) for part in ("--ro-bind", str(mount.source), mount.target)]
    work = ["--bind", str(program.writable), WORKTREE] if program.writable else ["--dir", WORKTREE]
    env = [part for name, value in environment(program).items() for part in ("--setenv", name, value)]
    channels = ["--info-fd", str(info_fd), "--seccomp", str(filter_fd)]
    return [
        *_STRICT, *system, *given, "--proc", "/proc", *hidden_files(), "--dev", "/dev", *shared, *mounts, *work,
        "--remount-ro", "/", "--chdir", program.cwd, *env, *channels,
    ]  # fmt: skip


def scratch_bytes(program: Program) -> int:
    """Size of /tmp and of /dev/shm, each; both are memory and count as such."""
    return max(1 << 20, program.limits.memory_bytes // 2)


def etc_files() -> dict[str, bytes]:
    """Files of /etc, path to content: copies of what programs need, and made-up ones without the machine's names."""
    found = dict(_ETC_FILES)
    for name in _ETC:
        path = Path("/etc", name)
        if path.is_file() and path.stat().st_size <= _ETC_MOST:
            found[str(path)] = path.read_bytes()
    return found


def environment(program: Program) -> dict[str, str]:
    """All that the program's environment holds."""
    return {**DEFAULT_ENV, **program.env}


def prologue_limits(program: Program, count_bound: bool) -> list[str]:
    """$1 to $5 of the prologue. `count_bound`: the kernel counts processes per user namespace (5.14 on), else per user."""
    limits = program.limits
    blocks = max(1, limits.file_bytes // 512)
    kib = max(1024, limits.memory_bytes // 1024)
    cpu_s = int(limits.seconds * (os.cpu_count() or 1)) + 10
    count = limits.processes * 8 + (0 if count_bound else _ELSEWHERE)
    return [str(blocks), str(kib), str(limits.open_files), str(cpu_s), str(count)]


def _ordered(mounts: Iterable[Mount]) -> list[Mount]:
    """Parents before children. Raises ValueError for a target that could hide or reach what the sandbox itself mounts."""
    unique = dict.fromkeys(mounts)
    for mount in unique:
        target = PurePosixPath(mount.target)
        if not target.is_absolute() or ".." in target.parts or str(target) != mount.target:
            raise ValueError(f"mount target {mount.target!r} is not a plain absolute path")
        if mount.target in ("/", *_OWN) or mount.target.startswith(tuple(f"{own}/" for own in _OWN if own != "/tmp")):  # noqa: S108
            raise ValueError(f"mount target {mount.target!r} lies in a place of the sandbox's own")
    return sorted(unique, key=lambda mount: mount.target)
