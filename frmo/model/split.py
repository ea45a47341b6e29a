"""Which tasks serve for what, and in which order: by hashes alone, so that nobody can choose (GATE, "Design of a trial")."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum


class Side(StrEnum):
    """Patterns come from MINING and are repeated on REPLICATION; a trial uses HELD_OUT only."""

    MINING = "mining"
    REPLICATION = "replication"
    HELD_OUT = "held-out"


def task_name(path: str) -> str:
    """Name of the task at inbox path `path`: its place below the inbox without the extension (`sql/joins`)."""
    inside = path.removeprefix(".frmo/").removeprefix("tasks/")
    folder, slash, file = inside.rpartition("/")
    return folder + slash + (file.rsplit(".", 1)[0] or file)


def side(name: str) -> Side:
    """Side of the task called `name`: 40 % mining, 20 % replication, 40 % held-out.

    By the name and not by the content, or an edit would change sides.
    """
    place = int(_digest("frmo split", name), 16) % 100
    if place < 40:
        return Side.MINING
    return Side.REPLICATION if place < 60 else Side.HELD_OUT


def proposal_hash(changes: Mapping[str, tuple[str | None, str | None]]) -> str:
    """Hash of a proposal: `changes` maps a path below `protocols/` to its blob ids before and after (None: no file)."""
    return _digest("frmo proposal", *(json.dumps([path, *changes[path]]) for path in sorted(changes)))


def ordered(proposal: str, names: Iterable[str]) -> tuple[str, ...]:
    """`names` in the order in which a trial of `proposal` takes them; fixed before the first run."""
    return tuple(sorted(names, key=lambda name: (_digest("frmo order", proposal, name), name)))


def _digest(*parts: str) -> str:
    # JSON keeps the parts apart: ("a", "bc") and ("ab", "c") must differ.
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
