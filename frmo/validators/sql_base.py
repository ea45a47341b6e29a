"""The database that SQL is judged on: a file or a script of the base commit, as programs in the sandbox are given it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from frmo.sandbox.program import Mount
from frmo.validators.given import Given

_INSIDE = "/frmo/database"


@dataclass(frozen=True)
class SqlBase:
    """`request`: what the programs are told; `mounts`: what they need to see for it."""

    request: Mapping[str, Any]
    mounts: tuple[Mount, ...] = ()


def sql_base(given: Given) -> SqlBase:
    """From the key `database`: an SQLite file, or a script with the ending .sql. None given: an empty database.

    Raises InputError where the file is missing or no text.
    """
    if given.raw("database") is None:
        return SqlBase({"database": "", "script": ""})
    path, raw = given.base_file("database")
    if not path.endswith(".sql"):
        from_base = Mount(given.base_root / path, _INSIDE)
        return SqlBase({"database": _INSIDE, "script": ""}, (from_base,))
    try:
        return SqlBase({"database": "", "script": raw.decode("utf-8")})
    except UnicodeDecodeError as fault:
        raise given.fault("database", f"{path!r} is not UTF-8") from fault
