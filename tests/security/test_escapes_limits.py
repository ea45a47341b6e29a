"""Programs that take more than they may: how far they get, as root and as an ordinary user.

Measured from outside by a program of its own: memory at most 1.25 times the limit, disk at most 1.6 times.
"""

import pytest

from tests.support.greed import LIMITS, PROGRAMS
from tests.support.users import USERS, run_as

pytestmark = pytest.mark.sandbox
MOST_MEMORY, MOST_DISK = 1.25, 1.6
STATUS = {
    "memory-of-eight-processes": "memory",
    "memory-of-one-process": "exited",  # refused by the kernel: a MemoryError of its own
    "shared-memory": "memory",
    "forked-memory": "memory",
    "memory-in-files": "memory",
    "scratch-is-sized": "exited",
    "many-files-on-disk": "disk",
    "removed-files-on-disk": "disk",
    "reserved-disk": "disk",
    "files-without-content": "disk",
    "folders-in-folders": "disk",
    "processes": "processes",
    "processes-in-sessions": "processes",
    "threads": "processes",
    "output": "output",
    "open-files": "exited",
}


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_greed_is_bounded(name, user):
    """A forked burst races the watchdog, which a busy machine may hold up: it has to lose all of three races to fail."""
    outcome = run_as(user, "greed.py", name)[name]
    for _ in range(2):
        if outcome["memory"] > MOST_MEMORY * LIMITS.memory_bytes:
            outcome = run_as(user, "greed.py", name)[name]
    bounded_by_kernel = name == "threads" and "can't start new thread" in outcome["stderr"]
    assert outcome["status"] == STATUS[name] or bounded_by_kernel, outcome
    assert outcome["memory"] <= MOST_MEMORY * LIMITS.memory_bytes
    assert outcome["disk"] <= MOST_DISK * LIMITS.disk_bytes
    assert outcome["size"] <= LIMITS.output_bytes
    assert outcome["alive"] == 0


def test_scratch_is_memory_of_a_known_size():
    outcome = run_as("ourselves", "greed.py", "scratch-is-sized")["scratch-is-sized"]
    assert outcome["stdout"].split() == [str(LIMITS.memory_bytes // 2 >> 20), "28"]  # ENOSPC
