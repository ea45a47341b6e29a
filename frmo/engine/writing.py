"""Is a file of the inbox still being written? A half-written file can be a valid task."""

import errno
import fcntl
import os
from pathlib import Path

QUIET_S = 1.0


def is_being_written(path: Path, now: float) -> bool:
    """True while a process has it open for writing; where the kernel does not tell, for a moment after each change.

    Nothing is waited for. A file that is gone or odd is not being written: reading it says what is wrong.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)  # refused while anybody has it open for writing
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as fault:
        if fault.errno == errno.EAGAIN:
            return True
        return 0 <= now - os.fstat(handle).st_mtime < QUIET_S
    finally:
        os.close(handle)
    return False
