"""What an exception says as plain data, and the alarm that ends a call or a test that takes too long."""

from __future__ import annotations

import signal
from typing import Any

Value = Any
_MESSAGE = 2000


class TookTooLong(BaseException):
    """The time for one call is over. No `Exception`, so that a wide `except` of the work doesn't eat it."""


def limit(seconds: float) -> None:
    """Raise TookTooLong in the main thread in `seconds`; 0 takes the alarm away."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, _late)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _late(*_: Value) -> None:
    raise TookTooLong


def raised(fault: BaseException, root: str) -> dict[str, Value]:
    """Class names (own first, then bases), message and the deepest place in the work."""
    path, line, trace = "", 0, fault.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.startswith(root + "/"):
            path, line = name[len(root) + 1 :], trace.tb_lineno
        trace = trace.tb_next
    if isinstance(fault, SyntaxError) and str(fault.filename or "").startswith(root + "/"):
        path, line = str(fault.filename)[len(root) + 1 :], fault.lineno or 0
    try:
        text = str(fault)[:_MESSAGE]
    except BaseException:  # noqa: BLE001  a hostile __str__
        text = "(its message can't be shown)"
    missing = fault.name if isinstance(fault, ImportError) and isinstance(fault.name, str) else ""
    late = isinstance(fault, TookTooLong)
    names = [cls.__name__ for cls in type(fault).__mro__ if cls is not object]
    return {"raised": names, "text": text, "path": path, "line": line, "late": late, "missing": missing}
