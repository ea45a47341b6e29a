"""One opened repository: finding it, one libgit2 handle per thread."""

import contextlib
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import pygit2
from pygit2.config import Config
from pygit2.enums import ConfigLevel, FileStatus

from frmo.errors import GitError, NotAWorkspace
from frmo.repo.durability import MODE, Unsynced

_REFTABLE = "extensions.refstorage"


class Handle:
    """Where a repository is, and `git`: this thread's own libgit2 handle on it.

    libgit2 objects must not be shared by threads; opening one costs 0.03 ms and is done once per thread.
    `own_dir` is the git directory of this worktree (HEAD, index); `git_dir` the one all its worktrees share.
    """

    def __init__(self, own_dir: Path) -> None:
        self.own_dir = own_dir
        self.git_dir = _shared_dir(own_dir)
        self.unsynced = Unsynced(self.git_dir)
        self._local = threading.local()
        handle = self.git
        self.root = Path(handle.workdir) if handle.workdir else None

    @property
    def git(self) -> pygit2.Repository:
        """The handle of the calling thread."""
        handle = getattr(self._local, "handle", None)
        if handle is None:
            handle = self._local.handle = _opened(self.own_dir)
        return handle

    @property
    def quiet(self) -> pygit2.Repository:
        """A handle of the calling thread that writes no reflog: for refs that nobody moves but by compare-and-swap.

        A reflog costs two more waits for the disk per step and one more file per task; the branch itself tells all.
        """
        handle = getattr(self._local, "quiet", None)
        if handle is None:
            handle = _opened(self.own_dir)
            Config.add_file(handle.config, self._quiet_settings(), ConfigLevel.APP)  # for this handle alone
            self._local.quiet = handle
        return handle

    def also_read(self, objects: Path) -> None:
        """Find objects in the folder `objects` too, in the calling thread."""
        self.git.odb.add_disk_alternate(str(objects))

    def _quiet_settings(self) -> Path:
        path = self.git_dir / "frmo" / "no-reflog.config"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
            beside.write_text("[core]\n\tlogAllRefUpdates = false\n", encoding="ascii")
            beside.replace(path)
        return path

    def dirty(self, path: str) -> bool:
        """True when `path` is tracked and differs between HEAD, index and worktree. Untracked and ignored: False.

        libgit2 compares; it knows no file system monitor and starts no filter program.
        """
        try:
            status = self.git.status_file(path)
        except KeyError:
            return False
        return status not in (FileStatus.CURRENT, FileStatus.WT_NEW, FileStatus.IGNORED)

    def modified(self, path: str) -> bool:
        """True when the file at `path` differs from the index, after git's own conversion of line ends."""
        try:
            status = self.git.status_file(path)
        except KeyError:
            return False
        return bool(status & (FileStatus.WT_MODIFIED | FileStatus.WT_TYPECHANGE | FileStatus.WT_DELETED))

    def keeps_modes(self) -> bool:
        """False where the execute bit of a file means nothing (`core.fileMode`)."""
        config = self.git.config
        return "core.filemode" not in config or config.get_bool("core.filemode")


def discover(start: Path) -> Handle:
    """The repository that `start` lies in. Raises NotAWorkspace when there is none, GitError when it can't be used."""
    try:
        found = pygit2.discover_repository(str(start))
    except pygit2.GitError as fault:
        raise _explained(start, fault) from None
    if not found:
        raise NotAWorkspace(f"{start} is not in a git repository. Run `git init`, then `frmo init`.")
    return Handle(Path(found))


def _opened(own_dir: Path) -> pygit2.Repository:
    try:
        with MODE.libgit2_syncs():
            handle = pygit2.Repository(str(own_dir))
            handle.references.get("HEAD")  # opens the refs, which remember whether to fsync
        return handle
    except (pygit2.GitError, KeyError) as fault:
        raise _explained(own_dir, fault) from None


def _explained(where: Path, fault: Exception) -> GitError:
    text = str(fault)
    if _REFTABLE in text.lower():
        return GitError(
            f"{where} keeps its refs as a reftable, which frmo can't write yet. "
            "`git refs migrate --ref-format=files` (git 2.46 or newer) changes it back."
        )
    if "owned" in text:
        return GitError(
            f"{where} belongs to another user, so git does not trust it. "
            "If you do: `git config --global --add safe.directory <its path>`."
        )
    return GitError(f"git can't open {where}: {text}")


def _shared_dir(own_dir: Path) -> Path:
    pointer = own_dir / "commondir"
    return (own_dir / pointer.read_text(encoding="utf-8").strip()).resolve() if pointer.is_file() else own_dir


@contextlib.contextmanager
def doing(what: str) -> Iterator[None]:
    """Give what libgit2 or the disk refuse inside the block as one GitError that says what was being done."""
    try:
        yield
    except (pygit2.GitError, OSError) as fault:
        raise GitError(f"git could not {what}: {fault}") from fault
