"""The report of a bug in frmo: what a person can paste into an issue."""

import platform
import traceback

from frmo import __version__


def report(error: BaseException, args: list[str]) -> str:
    """Version, platform, the verb (no further arguments: they may be private) and the traceback."""
    verb = args[0] if args else ""
    trace = "".join(traceback.format_exception(error))
    return (
        f"frmo: this is a bug in frmo, nothing that you did. Please report the lines below.\n"
        f"frmo {__version__}, Python {platform.python_version()}, {platform.platform()}, verb {verb!r}\n{trace}"
    )
