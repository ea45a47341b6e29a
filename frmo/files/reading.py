"""Reading from disk: regular files within a size cap; nothing else is opened."""

import os
import stat
from pathlib import Path

from frmo.errors import Fault, InputError
from frmo.files.document import DEFAULT_CAPS

_KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISLNK, "a link"), (stat.S_ISFIFO, "a named pipe"),
          (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"))  # fmt: skip


def read(path: Path, name: str, cap: int = DEFAULT_CAPS.size, within: Path | None = None) -> bytes:
    """Content of the regular file at `path`. Raises InputError (naming it `name`) for anything else, or above `cap` bytes.

    A link is followed only when `within` is given and its end is a regular file inside that folder.
    """
    try:
        path = _target(path, name, within)
        _refuse(path.lstat(), name, cap)
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:  # noqa: PTH123  an open descriptor, not a path
            _refuse(os.fstat(handle), name, cap)
            content = file.read(cap + 1)
    except FileNotFoundError:
        raise InputError([Fault(name, "is not there")]) from None
    except OSError as error:
        raise InputError([Fault(name, f"can't be read: {error.strerror}")]) from None
    if len(content) > cap:
        raise _too_large(name, cap)
    return content


def _target(path: Path, name: str, within: Path | None) -> Path:
    if not path.is_symlink():
        return path
    if within is None:
        raise InputError([Fault(name, "is a link, which is not followed", hint="put the file itself there")])
    end = Path(os.path.realpath(path))
    if not end.is_relative_to(os.path.realpath(within)):
        raise InputError([Fault(name, "is a link out of the folder", hint="put the file itself there")])
    return end


def _refuse(status: os.stat_result, name: str, cap: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((kind for test, kind in _KINDS if test(status.st_mode)), "something odd")
        raise InputError([Fault(name, f"is {kind}, not a regular file")])
    if status.st_size > cap:
        raise _too_large(name, cap)


def _too_large(name: str, cap: int) -> InputError:
    return InputError([Fault(name, f"is larger than {cap} bytes", hint="a file this large is not read")])
