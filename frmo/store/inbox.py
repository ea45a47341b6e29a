"""The inbox: the task files that people drop into `tasks/`. They are read and never touched."""

import itertools
import os
import secrets
import shutil
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from frmo.errors import Fault, InputError
from frmo.files import atomic
from frmo.files.formats import SUFFIXES
from frmo.files.reading import read
from frmo.files.scalar import half_character
from frmo.model.names import safe_name, task_id
from frmo.model.task import Task, task_from_mapping
from frmo.store.documents import examined
from frmo.store.workspace import Workspace

FOLDER = "tasks"
_LEFTOVERS = (".tmp", ".swp", ".swo", ".swx", ".bak", ".orig", ".rej", ".part", ".crdownload")


@dataclass(frozen=True)
class InboxEntry:
    """One file of the inbox: a task, or the faults that keep it from being one. `path` is relative to the workspace.

    `source`: the file's bytes, empty when it could not be read. `notes`: worth saying, but no fault.
    """

    path: str
    task: Task | None
    faults: tuple[Fault, ...] = ()
    source: bytes = b""
    notes: tuple[str, ...] = ()


Seen = MutableMapping[str, tuple[object, InboxEntry]]


def ignored(name: str) -> bool:
    """True for what no task file is called: dotfiles, backups and scratch files of editors, READMEs."""
    low = name.lower()
    return (
        low.startswith((".", "readme", "___jb_"))
        or low.endswith(("~", *_LEFTOVERS))
        or (low.startswith("#") and low.endswith("#"))
        or low == "4913"
    )


def scan(workspace: Workspace, seen: Seen | None = None) -> list[InboxEntry]:
    """Every file of the inbox, sorted by path, good or bad: one bad file never hides another.

    `seen`: what an earlier scan found, to read only files that have changed since; it is brought up to date.
    """
    if workspace.repo.bare:
        return []
    top = workspace.place(FOLDER)
    found: list[InboxEntry] = []
    fresh: dict[str, tuple[object, InboxEntry]] = {}
    for path, problem in sorted(_files(top)):
        name = workspace.path(f"{FOLDER}/{_shown(path.relative_to(top).as_posix())}" if path != top else FOLDER)
        if problem:
            found.append(_bad(name, problem))
            continue
        stamp = _stamp(path)
        known = (seen or {}).get(name)
        entry = known[1] if known and known[0] == stamp and stamp else read_task(workspace, path, name)
        fresh[name] = (stamp, entry)
        found.append(entry)
    if seen is not None:
        seen.clear()
        seen.update(fresh)
    return _told_apart(found)


def free_name(workspace: Workspace, title: str) -> str:
    """A file name made from `title` that the inbox has not got: `add-slugify.yaml`, `add-slugify-2.yaml`, ..."""
    stem = safe_name(title)
    names = (f"{stem}{f'-{number}' if number > 1 else ''}.yaml" for number in itertools.count(1))
    return next(name for name in names if not os.path.lexists(workspace.place(f"{FOLDER}/{name}")))


def read_task(workspace: Workspace, path: Path, name: str) -> InboxEntry:
    """The task file at `path`, called `name`; only a regular file inside the inbox is opened."""
    try:
        content = read(path, name, within=workspace.place(FOLDER))
    except InputError as error:
        return InboxEntry(name, None, tuple(error.faults))
    return parse(workspace, content, name)


def parse(workspace: Workspace, content: bytes, name: str) -> InboxEntry:
    """The task that `content` is when it stands in the inbox as `name` (a path in the workspace)."""
    file = name.rsplit("/", 1)[-1]
    if not file.endswith(SUFFIXES):
        hint = f"end its name with {', '.join(SUFFIXES)}, or begin it with '.' to have it ignored"
        return replace(_bad(name, "is not called like a task file", hint), source=content)
    if not file.isprintable() or len(name) > 1024:
        return replace(_bad(name, "has a name that is too long or holds odd characters"), source=content)
    document, faults = examined("task", content, name)
    if faults:
        return InboxEntry(name, None, tuple(faults), content, document.notes)
    # The folder's prefix is left out, so that hiding the folders makes no new tasks.
    key = task_id(name.removeprefix(workspace.prefix), document.data)
    return InboxEntry(name, task_from_mapping(key, name, document.data), (), content, document.notes)


def place(workspace: Workspace, files: Sequence[tuple[str, bytes]], *, fresh: bool = False) -> list[InboxEntry]:
    """Put `files` (name below `tasks/`, content) into the inbox; all of them are valid, or InputError and none is placed.

    What is there already byte for byte is the same task and left alone, or with `fresh` a fault as well; another file of
    that name is never replaced.
    """
    entries = [parse(workspace, content, workspace.path(f"{FOLDER}/{name}")) for name, content in files]
    faults = [fault for entry in entries for fault in (*entry.faults, *_misnamed(workspace, entry))]
    names = [entry.path for entry in entries]
    faults += [
        Fault(name, "is given twice", hint="give them different names") for name in {*names} if names.count(name) > 1
    ]
    new = [entry for entry in entries if not os.path.lexists(workspace.root / entry.path)]
    for entry in entries:
        if entry not in new and (fresh or read_task(workspace, workspace.root / entry.path, entry.path) != entry):
            faults.append(_taken(entry.path))
    if faults:
        raise InputError(faults)
    if new:
        _move_in(workspace, new)
    return entries


def _move_in(workspace: Workspace, entries: Sequence[InboxEntry]) -> None:
    """Write all into a folder beside their places, which every reader ignores, then rename them in."""
    inbox = workspace.place(FOLDER)
    inbox.mkdir(parents=True, exist_ok=True)
    staging = inbox / f".staging-{secrets.token_hex(4)}"
    staging.mkdir()
    try:
        for number, entry in enumerate(entries):
            atomic.write(staging / str(number), entry.source, exclusive=True)
        for number, entry in enumerate(entries):
            target = workspace.root / entry.path
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                atomic.place(staging / str(number), target)
            except FileExistsError:
                raise InputError([_taken(entry.path)]) from None
            atomic.sync_folder(target.parent)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _misnamed(workspace: Workspace, entry: InboxEntry) -> list[Fault]:
    parts = entry.path.removeprefix(workspace.path(FOLDER) + "/").split("/")
    if any(part in ("", "..") or ignored(part) for part in parts):
        return [Fault(entry.path, "would not be found in the inbox", hint="give it another name")]
    return []


def _taken(path: str) -> Fault:
    return Fault(path, "is there already", hint="give the new one another name")


def _files(top: Path) -> Iterator[tuple[Path, str]]:
    """Every file below `top` that may be meant as a task, and why not where its place already says so."""
    if top.is_symlink():
        yield top, "is a link, which is not followed"
        return
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            children = list(folder.iterdir()) if folder.exists() else []
        except OSError as error:
            yield folder, f"can't be read: {error.strerror}"
            continue
        for child in children:
            if ignored(child.name):
                continue
            if child.is_dir() and not child.is_symlink():
                folders.append(child)
            elif half_character(child.name):
                yield child, "has a name that is not UTF-8"
            elif child.is_dir():
                yield child, "is a link to a folder, which is not followed"
            else:
                yield child, ""


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _told_apart(entries: list[InboxEntry]) -> list[InboxEntry]:
    """Of two files with one id, which only an accident of the hash can make, the second gets a fault."""
    first: dict[str, str] = {}
    found = []
    for entry in entries:
        if entry.task and first.setdefault(entry.task.id, entry.path) != entry.path:
            fault = Fault(entry.path, f"has the same id as {first[entry.task.id]}", hint="change its name")
            found.append(replace(entry, task=None, faults=(fault,)))
        else:
            found.append(entry)
    return found


def _bad(path: str, message: str, hint: str = "") -> InboxEntry:
    return InboxEntry(path, None, (Fault(path, message, hint=hint),))


def _shown(path: str) -> str:
    """`path` with bytes that are not UTF-8 written out."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
