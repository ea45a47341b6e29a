"""Back-pressure: when starting one more agent would do harm."""

from pathlib import Path

AGENT_BYTES = 64 << 20  # an agent process or a validator just started; larger ones have their own limit
_MEMINFO = Path("/proc/meminfo")


def memory_for(agents: int) -> bool:
    """True when the machine has free memory for so many more agents; also where it doesn't say."""
    try:
        rows = dict(line.split(":", 1) for line in _MEMINFO.read_text(encoding="ascii").splitlines())
        return int(rows["MemAvailable"].split()[0]) * 1024 >= agents * AGENT_BYTES
    except (OSError, KeyError, ValueError):
        return True
