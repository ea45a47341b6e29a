"""Atomic, durable writes: a temporary file in the same folder, fsync, rename."""

import contextlib
import ctypes
import errno
import os
import secrets
from pathlib import Path

_AT_FDCWD = -100
_NO_REPLACE = 1


def write(path: Path, content: bytes, *, exclusive: bool = False, mode: int = 0o644) -> None:
    """Put `content` at `path` at once and durably; readers see the old file or the new one.

    `exclusive`: raises FileExistsError, atomically, when something is there.
    """
    temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123  an open descriptor, not a path
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if exclusive:
            place(temporary, path)
        else:
            temporary.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def place(source: Path, target: Path) -> None:
    """Rename `source` to `target` on the same file system. Raises FileExistsError when something is there.

    A plain rename would replace it, and a hard link is not seen by who watches for renames: so the kernel's own
    no-replace rename, and a link where there is none.
    """
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename and not rename(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _NO_REPLACE):
        return
    code = ctypes.get_errno() if rename else errno.ENOSYS
    if code not in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        raise OSError(code, os.strerror(code), str(target))
    os.link(source, target)
    source.unlink()


def sync_folder(folder: Path) -> None:
    """Make the renames in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
