"""A living process tree, as seen through one /proc: who is in it, and how much memory it holds."""

import os
from dataclasses import dataclass
from typing import Protocol

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Tree(Protocol):
    """Where to look (`proc_fd`, an open /proc) and which pids there belong to the program."""

    @property
    def proc_fd(self) -> int:
        """Descriptor of the /proc the pids belong to."""

    def pids(self) -> list[str]:
        """Pids of the living processes."""


@dataclass(frozen=True)
class NamespaceTree:
    """Everything in a pid namespace but its reaper: daemons and new sessions can't leave it."""

    proc_fd: int

    def pids(self) -> list[str]:
        """Pids as the namespace numbers them."""
        try:
            return [name for name in os.listdir(self.proc_fd) if name.isdigit() and name != "1"]  # noqa: PTH208  a descriptor
        except OSError:
            return []


@dataclass(frozen=True)
class DescendantTree:
    """A process, its descendants and what still shares its session: all that can be told without a namespace."""

    proc_fd: int
    root: int

    def pids(self) -> list[str]:
        """Pids of this machine."""
        parents, sessions = {}, {}
        for name in os.listdir(self.proc_fd):  # noqa: PTH208  a descriptor
            if name.isdigit() and (fields := read(self.proc_fd, f"{name}/stat").rpartition(b")")[2].split()):
                parents[int(name)], sessions[int(name)] = int(fields[1]), int(fields[3])
        found = {self.root, *(pid for pid, session in sessions.items() if session == self.root)}
        grown = True
        while grown:
            more = {pid for pid, parent in parents.items() if parent in found} - found
            found |= more
            grown = bool(more)
        return [str(pid) for pid in sorted(found) if pid in parents]


@dataclass(frozen=True)
class UnseenTree:
    """A tree that another program keeps and counts, such as a container's."""

    proc_fd: int = -1

    def pids(self) -> list[str]:
        """None that we could see."""
        return []


def read(proc_fd: int, path: str) -> bytes:
    """First 8 KiB of a file of /proc; empty when it is gone or not ours to read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc_fd)
    except OSError:
        return b""
    try:
        return os.read(fd, 8192)
    except OSError:
        return b""
    finally:
        os.close(fd)


def resident_bytes(tree: Tree, pids: list[str]) -> tuple[int, dict[str, int]]:
    """Sum of resident pages: never less than what the tree holds, more where pages are shared; 20 µs a process.

    And per process its anonymous pages alone.
    """
    total, own = 0, {}
    for pid in pids:
        if fields := read(tree.proc_fd, f"{pid}/statm").split():
            total += int(fields[1]) * _PAGE
            own[pid] = (int(fields[1]) - int(fields[2])) * _PAGE
    return total, own


def held_bytes(tree: Tree, pids: list[str], enough: int) -> int:
    """Anonymous and shared memory, shared pages divided among their users; stops counting above `enough`.

    0.3 ms a process. File pages are left out: the kernel takes them back when it needs them.
    """
    total = 0
    for pid in pids:
        rollup = read(tree.proc_fd, f"{pid}/smaps_rollup")
        amounts = {line.split()[0]: int(line.split()[1]) << 10 for line in rollup.splitlines()[1:]}
        if b"Pss_Anon:" in amounts:
            total += amounts[b"Pss_Anon:"] + amounts[b"Pss_Shmem:"]
        else:  # an older kernel, or a process that hides from an ordinary user's eyes: what is resident counts
            total += amounts.get(b"Pss:") or resident_bytes(tree, [pid])[0]
        if total > enough:
            break
    return total


def thread_count(tree: Tree, pids: list[str]) -> int:
    """Threads of all processes: a task folder has one link for each, and two of its own."""
    total = 0
    for pid in pids:
        try:
            total += os.stat(f"{pid}/task", dir_fd=tree.proc_fd).st_nlink - 2
        except OSError:
            continue
    return total


def free_memory() -> int:
    """Unused memory of the machine in bytes: cheap, and its fall says when to look closely."""
    return os.sysconf("SC_AVPHYS_PAGES") * _PAGE
