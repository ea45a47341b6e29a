"""The watcher's post: one process per workspace may hold it; the kernel frees it when that process dies."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from frmo.errors import UsageFault


@contextmanager
def post(git_dir: Path, worker: str) -> Iterator[None]:
    """Hold the post as `worker`. Raises UsageFault, naming the holder, while another process has it."""
    place = git_dir / "frmo" / "watcher"
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageFault(f"{_holder(place)} watches this workspace already; one is enough") from None
        file.truncate(0)
        file.write(json.dumps({"worker": worker, "pid": os.getpid()}).encode())
        file.flush()
        yield
        file.truncate(0)


def _holder(place: Path) -> str:
    try:
        said = json.loads(place.read_bytes())
        return f"{said['worker']} (pid {said['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
