"""A workspace: the git repository a person works in, and where frmo's five folders are in it."""

from dataclasses import dataclass
from pathlib import Path

from frmo.errors import NotAWorkspace
from frmo.repo.repository import Repository

FOLDERS = ("tasks", "protocols", "state", "logs", "hooks")
MARK = "state/config.yaml"
HIDDEN = ".frmo/"


@dataclass(frozen=True)
class Workspace:
    """`prefix`: "" when the five folders are at the top, ".frmo/" when they are hidden. `root`: the worktree's top."""

    repo: Repository
    root: Path
    prefix: str

    @classmethod
    def open(cls, start: Path) -> "Workspace":
        """The workspace that `start` lies in. Raises NotAWorkspace, naming the next step, when there is none."""
        repo = Repository.discover(start)
        prefix = prefix_of(repo)
        if prefix is None:
            raise NotAWorkspace(f"{repo.root} is a git repository but no workspace yet. Run `frmo init` there.")
        return cls(repo, repo.root, prefix)

    def path(self, name: str) -> str:
        """Path in the repository of one of frmo's folders or something below it: `tasks` is `tasks` or `.frmo/tasks`."""
        return self.prefix + name

    def place(self, name: str) -> Path:
        """The same in the worktree on disk."""
        return self.root / self.path(name)

    def committed(self, name: str, commit: str | None = None) -> bytes | None:
        """Content of the file `path(name)` in `commit` (None: HEAD), or None when it isn't there."""
        tip = commit or self.repo.head()
        return self.repo.read(tip, self.path(name)) if tip else None

    def names(self, folder: str, commit: str | None = None) -> list[str]:
        """Names of what is in the folder `path(folder)` in `commit` (None: HEAD), sorted; empty when it isn't there."""
        tip = commit or self.repo.head()
        return (
            sorted(item.path.rsplit("/", 1)[-1] for item in self.repo.children(tip, self.path(folder))) if tip else []
        )


def prefix_of(repo: Repository) -> str | None:
    """Where the mark of a workspace is, committed or on disk; None when there is none.

    Hidden is looked for first: it is chosen where the project has a `state/` of its own.
    """
    head = repo.head()
    for prefix in (HIDDEN, ""):
        path = prefix + MARK
        if (not repo.bare and (repo.root / path).is_file()) or (head and repo.entry(head, path)):
            return prefix
    return None
