"""What a scripted agent does besides answering: the misbehaviour that tests and drills need, done for real."""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False  # importing `typing` would cost every agent process 2 ms
if TYPE_CHECKING:
    from typing import Any


def behave(script: dict[str, Any]) -> None:
    """Do what the script says, in this order: print, flood (bytes), python (code), hang (seconds), exit (code)."""
    if "print" in script:
        sys.stdout.write(script["print"] + "\n")
        sys.stdout.flush()
    left = int(script.get("flood", 0))
    while left > 0:
        sys.stdout.write("x" * min(left, 65536))
        left -= 65536
    if "python" in script:
        exec(script["python"], {"__name__": "scripted"})  # noqa: S102  a scripted agent is code from a test's own file
    if "hang" in script:
        time.sleep(float(script["hang"]))
    if "exit" in script:
        raise SystemExit(int(script["exit"]))
