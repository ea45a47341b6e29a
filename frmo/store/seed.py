"""Making a repository a workspace: the seed's files, in one commit that holds nothing else."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from frmo.errors import GitError, UsageFault
from frmo.model.trailers import commit_message
from frmo.repo.repository import Change, FileChange, RefUpdate, Repository, Signature
from frmo.store.hooks import Installed, install
from frmo.store.workspace import FOLDERS, HIDDEN, MARK

_BRANCH = re.compile(r"(?!.*(?:\.\.|//|\.lock(?:/|$)))[A-Za-z0-9_][A-Za-z0-9._/-]{0,198}[A-Za-z0-9_-]|[A-Za-z0-9_]")
_SCRIPTS = ("hooks/",)


@dataclass(frozen=True)
class Planting:
    """What `plant` did. `commit` None: nothing was missing. `why_hidden`: set where frmo itself chose to hide.

    `checked_out` False: the commit is on a branch that is not checked out, so files and index are as before.
    """

    root: Path
    prefix: str
    branch: str
    checked_out: bool
    commit: str | None
    added: tuple[str, ...]
    already: bool
    why_hidden: str
    hooks: Installed
    notes: tuple[str, ...]


def plant(
    start: Path, *, now: float, hidden: bool = False, branch: str | None = None, upgrade: bool = False
) -> Planting:
    """Add the seed to the repository that `start` lies in, as one commit on the current branch or on `branch`.

    No file is ever replaced and nothing else that is staged or changed is committed. `upgrade`: add what is missing to
    a workspace. With `branch`, HEAD, index and files stay as they are. Raises UsageFault or GitError, having done nothing.
    """
    repo = Repository.discover(start)
    _refuse(repo)
    target, tip = _target(repo, branch)
    prefix, already, why = _committed(repo, tip), True, ""
    if prefix is None:
        prefix, already = _begun(repo), False
    if prefix is None:
        why = "" if hidden else _why_hidden(repo, tip)
        prefix = HIDDEN if hidden or why else ""
    files = {} if already and not upgrade else _missing(repo, tip, prefix)
    commit = _commit(repo, tip, files, already, now) if files else None
    checked_out = target == f"refs/heads/{repo.head_branch()}"
    if commit and not checked_out:
        if not repo.swap([RefUpdate(target, commit, repo.ref(target))], "frmo init"):
            raise GitError(f"{branch} was moved by somebody else just now. Try again.")
    elif commit:
        repo.advance(commit, "frmo init")
    return Planting(
        root=repo.root,
        prefix=prefix,
        branch=target.removeprefix("refs/heads/"),
        checked_out=checked_out,
        commit=commit,
        added=tuple(sorted(files)),
        already=already,
        why_hidden=why,
        hooks=install(repo),
        notes=_notes(repo, prefix),
    )


def seed_files() -> Mapping[str, bytes]:
    """What a new workspace gets: path below its prefix to content."""
    top = resources.files("frmo") / "defaults"
    return {f"{name}/{path}": content for name in FOLDERS for path, content in _files(top / name)}


def _files(folder: Traversable, lead: str = "") -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir():
            found += _files(item, f"{lead}{item.name}/")
        elif item.name != ".DS_Store":
            found.append((lead + item.name, item.read_bytes()))
    return found


def _refuse(repo: Repository) -> None:
    if repo.bare:
        raise UsageFault(f"{repo.root} is a bare repository: make a clone of it and run `frmo init` there.")
    if repo.ref("refs/heads/frmo"):
        raise UsageFault(
            "there is a branch named `frmo`, so git can't have the branches `frmo/...` that frmo works on. "
            "Give it another name: `git branch -m frmo <new name>`."
        )


def _target(repo: Repository, branch: str | None) -> tuple[str, str | None]:
    """Ref that gets the commit, and the commit it is made on (None: the repository has none)."""
    head, current = repo.head(), repo.head_branch()
    if branch is None:
        if current is None:
            raise UsageFault("HEAD is detached: check out a branch first, or name one with --branch.")
        return f"refs/heads/{current}", head
    if branch == "frmo" or not _BRANCH.fullmatch(branch):
        raise UsageFault(f"{branch!r} can't be the branch: use letters, digits, '/', '-', '_', such as frmo/init.")
    if head is None and branch != current:
        raise UsageFault(f"the repository has no commit yet to make {branch} from: run `frmo init` without --branch.")
    return f"refs/heads/{branch}", repo.ref(f"refs/heads/{branch}") or head


def _committed(repo: Repository, tip: str | None) -> str | None:
    """Prefix of the workspace that the commit holds already. A lone `state/config.yaml` may be the project's own."""
    found = (p for p in (HIDDEN, "") if tip and all(repo.entry(tip, p + name) for name in (MARK, "protocols")))
    return next(found, None)


def _begun(repo: Repository) -> str | None:
    """Prefix of a workspace that is on disk but not committed: an `init` was killed, or its commit is elsewhere."""
    found = (p for p in (HIDDEN, "") if (repo.root / p / MARK).is_file() and (repo.root / p / "protocols").is_dir())
    return next(found, None)


def _why_hidden(repo: Repository, tip: str | None) -> str:
    """Which of the five names is taken or ignored, in words; '' when all are free."""
    for name in FOLDERS:
        if os.path.lexists(repo.root / name) or (tip and repo.entry(tip, name)):
            return f"`{name}` exists already"
    ignored = repo.ignored([f"{name}/" for name in FOLDERS] + list(seed_files()))
    return f"`{ignored[0].rstrip('/')}` is ignored by git's ignore rules" if ignored else ""


def _missing(repo: Repository, tip: str | None, prefix: str) -> dict[str, Change]:
    """The seed's files that are not in the commit, and on disk not with other content."""
    return {
        prefix + path: FileChange(content, 0o100755 if path.startswith(_SCRIPTS) and "." not in path else 0o100644)
        for path, content in seed_files().items()
        if not (tip and repo.entry(tip, prefix + path)) and _free(repo.root / prefix / path, content)
    }


def _free(place: Path, content: bytes) -> bool:
    return not os.path.lexists(place) or (place.is_file() and not place.is_symlink() and place.read_bytes() == content)


def _commit(repo: Repository, tip: str | None, files: Mapping[str, Change], already: bool, now: float) -> str:
    who = repo.identity()
    if who is None:
        raise UsageFault(
            "git does not know who you are, and this commit is yours. Tell it once: "
            '`git config user.name "Your Name"` and `git config user.email you@example.org`.'
        )
    what = f"add {len(files)} missing files" if already else "make this repository a workspace"
    message = commit_message("init", what, [("Frmo-Step", "init")])
    return repo.commit(repo.edit_tree(tip, files), [tip] if tip else [], message, Signature(*who, now))


def _notes(repo: Repository, prefix: str) -> tuple[str, ...]:
    ignored = repo.ignored([f"{prefix}{name}/x.yaml" for name in FOLDERS])
    if not ignored:
        return ()
    shown = ", ".join(path.removesuffix("/x.yaml") for path in ignored)
    return (f"git's ignore rules hide new files in {shown}: frmo commits there all the same, `git add` needs -f.",)
