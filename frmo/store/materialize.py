"""A tree of a commit as plain files in a directory outside git: what validators and agents get to work on."""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from frmo.errors import GitError
from frmo.repo.repository import Repository, TreeEntry

_SHARED, _UNWANTED_S = 8, 3600.0
_LINK, _SUBMODULE, _EXECUTABLE = 0o120000, 0o160000, 0o100755


@dataclass(frozen=True)
class Exported:
    """What was written (paths in the tree), and what was left out with the reason: links that lead out, submodules."""

    written: tuple[str, ...]
    skipped: Mapping[str, str]


def export(
    repo: Repository,
    tree_ish: str,
    target: Path,
    *,
    only: Callable[[str], bool] | None = None,
    overlay: Mapping[str, TreeEntry | None] | None = None,
) -> Exported:
    """Write the files of `tree_ish` below the empty directory `target` (made if missing), with modes 644 and 755.

    `only`: which paths to write. `overlay`: path to an entry of another tree that takes its place, or None to leave
    it out. Content goes through no filter and no attribute: what is committed is what is written.
    """
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise GitError(f"{target} is not empty; a tree is only exported into an empty directory.")
    written, skipped = [], {}
    made = {""}
    for path, item in sorted(_chosen(repo.entries(tree_ish), overlay or {}, only).items()):
        reason = _obstacle(path, item, repo)
        if not reason:
            _make_folder(target, path.rpartition("/")[0], made)
            reason = _write(repo, item, target / path)
        if reason:
            skipped[path] = reason
        else:
            written.append(path)
    return Exported(tuple(written), skipped)


def shared_export(repo: Repository, tree_ish: str, folder: Path) -> Path:
    """The whole of `tree_ish`, written once below `folder` for all who only read it. Safe from many threads.

    The least recently wanted are removed when there are more than a handful and they were not wanted for an hour.
    """
    place = folder / repo.tree_oid(tree_ish)
    if not place.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
        export(repo, tree_ish, fresh)
        try:
            fresh.rename(place)
        except OSError:  # another thread was faster
            shutil.rmtree(fresh, ignore_errors=True)
    os.utime(place)
    with contextlib.suppress(OSError):  # another thread tidies up as well
        _tidied(folder, place.stat().st_mtime)
    return place


def _tidied(folder: Path, newest: float) -> None:
    wanted = sorted((item.stat().st_mtime, item) for item in folder.iterdir() if item.name[0] != ".")
    for when, item in wanted[:-_SHARED]:
        if newest - when > _UNWANTED_S:
            shutil.rmtree(item, ignore_errors=True)


def _chosen(
    entries: Sequence[TreeEntry], overlay: Mapping[str, TreeEntry | None], only: Callable[[str], bool] | None
) -> dict[str, TreeEntry]:
    """What to write: `entries` with `overlay` over them. A file or link where the overlay needs a folder gives way."""
    needed = {folder for path, item in overlay.items() if item is not None for folder in _folders(path)}
    kept = {item.path: item for item in entries if item.path not in overlay and item.path not in needed}
    replaced = {path for path, item in overlay.items() if item is not None}
    kept = {path: item for path, item in kept.items() if replaced.isdisjoint(_folders(path))}
    kept.update({path: item for path, item in overlay.items() if item is not None})
    return {path: item for path, item in kept.items() if only is None or only(path)}


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _obstacle(path: str, item: TreeEntry, repo: Repository) -> str:
    """Why this entry is not written, or ''."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        return "its path leads out of the directory or into git's own"
    if item.mode == _SUBMODULE:
        return "submodules are not exported"
    if item.mode == _LINK and not _stays_inside(path, repo.blob(item.oid)):
        return "a link that leads out of the directory"
    return ""


def _stays_inside(path: str, link: bytes) -> bool:
    """True when a link's target can't be above the directory.

    '..' only at its beginning, and not further than the link's own folder is deep: behind another link ('here/..',
    where `here` points to '.') even one '..' could lead out.
    """
    text = link.decode("utf-8", "surrogateescape")
    parts = PurePosixPath(text).parts
    climb = next((place for place, part in enumerate(parts) if part != ".."), len(parts))
    return bool(text) and "\0" not in text and text[0] != "/" and ".." not in parts[climb:] and climb <= path.count("/")


def _make_folder(target: Path, folder: str, made: set[str]) -> None:
    if folder not in made:
        (target / folder).mkdir(parents=True, exist_ok=True)
        made.add(folder)


def _write(repo: Repository, item: TreeEntry, place: Path) -> str:
    """Write one entry; why it could not be, or ''. A full disk and the like are raised as they are."""
    content = repo.blob(item.oid)
    mode = 0o755 if item.mode == _EXECUTABLE else 0o644
    try:
        if item.mode == _LINK:
            place.symlink_to(os.fsdecode(content))
            return ""
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    except OSError as fault:
        if fault.errno in (errno.EEXIST, errno.ENAMETOOLONG, errno.EILSEQ):
            return f"this file system can't hold it: {fault.strerror}"
        raise
    with open(descriptor, "wb") as file:  # noqa: PTH123  a descriptor has no path
        file.write(content)
        os.fchmod(descriptor, mode)
    return ""
