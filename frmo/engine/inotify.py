"""Signs that something changed in the inbox: events where the file system sends them, else only the clock."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

# Never `created` or `modified`: on them a file is still being written. Reading it back must not be an event either.
_TOLD = [FileClosedEvent, FileMovedEvent, FileDeletedEvent, DirCreatedEvent, DirMovedEvent]
_REMOTE = ("nfs", "cifs", "smb", "9p", "fuse", "vboxsf", "afs", "ceph", "glusterfs", "prl_fs", "virtiofs", "drvfs")


class _Ring(FileSystemEventHandler):
    """Only sets the event: whoever works in this callback makes all others late."""

    def __init__(self, changed: threading.Event) -> None:
        self._changed = changed

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._changed.set()


@contextmanager
def signs(folder: Path, changed: threading.Event) -> Iterator[str]:
    """Set `changed` soon after something below `folder` changed. Gives how it knows: `events` or `polling`.

    The kernel drops events under load and sends none for a folder that was replaced: look again every few seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    observer, how = _started(folder, _Ring(changed))
    try:
        yield how
    finally:
        observer.stop()
        observer.join()


def _started(folder: Path, ring: _Ring) -> tuple[BaseObserver, str]:
    if not _is_remote(folder):
        observer = Observer()
        observer.schedule(ring, str(folder), recursive=True, event_filter=_TOLD)
        try:
            observer.start()
        except OSError:  # out of inotify watches, or a kernel without
            pass
        else:
            return observer, "events"
    polling = PollingObserver(timeout=1)
    polling.schedule(ring, str(folder), recursive=True)
    polling.start()
    return polling, "polling"


def _is_remote(folder: Path) -> bool:
    """True on a file system whose other writers this kernel does not see."""
    try:
        rows = [line.split()[1:3] for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return True
    place = str(folder.resolve())
    above = [(at, kind) for at, kind in rows if place == at or place.startswith(at.rstrip("/") + "/")]
    kind = max(above, key=lambda row: len(row[0]), default=("", ""))[1]
    return kind.startswith(_REMOTE)
