"""A parsed file: its data, where each value stands, and everything that is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from frmo.errors import Fault, InputError

Path = tuple[str | int, ...]
Place = tuple[int, int]


@dataclass(frozen=True)
class Caps:
    """How much one file may hold. `size`: bytes. `nodes`: values, those repeated by aliases counted each time."""

    size: int = 1 << 20
    depth: int = 40
    nodes: int = 20_000
    aliases: int = 16
    faults: int = 50


DEFAULT_CAPS = Caps()


class Positions:
    """Line and column, from 1, of every value and key by path (`("validation", "cases", 0)`)."""

    def __init__(self) -> None:
        self._values: dict[Path, Place] = {}
        self._keys: dict[Path, Place] = {}

    def put(self, path: Path, place: Place, key: Place | None = None) -> None:
        """Note where the value at `path` stands, and its key."""
        self._values[path] = place
        if key:
            self._keys[path] = key

    def value(self, path: Sequence[str | int]) -> Place:
        """Place of the value at `path`, or of the nearest value around it; (0, 0) when nothing is known."""
        return self._nearest(self._values, tuple(path))

    def key(self, path: Sequence[str | int]) -> Place:
        """Place of the key at `path`, or of the value where there is no key."""
        return self._keys.get(tuple(path)) or self.value(path)

    @staticmethod
    def _nearest(places: dict[Path, Place], path: Path) -> Place:
        while path not in places and path:
            path = path[:-1]
        return places.get(path, (0, 0))


@dataclass(frozen=True)
class Document:
    """`data` is meaningful when `readable`; even then `faults` may tell of duplicate keys and the like."""

    data: Any
    readable: bool
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    positions: Positions = field(default_factory=Positions)

    def checked(self) -> Any:  # noqa: ANN401  parsed data
        """`data`, or InputError with every fault."""
        if self.faults:
            raise InputError(list(self.faults))
        return self.data


class Faults:
    """Collects the faults of one file up to a cap, so that one bad file can't drown the report."""

    def __init__(self, name: str, cap: int) -> None:
        self._name = name
        self._cap = cap
        self._found: list[Fault] = []
        self._more = 0

    def add(self, message: str, place: Place = (0, 0), hint: str = "") -> None:
        """One more fault at `place`."""
        if len(self._found) < self._cap:
            self._found.append(Fault(self._name, message, *place, hint))
        else:
            self._more += 1

    def all(self) -> tuple[Fault, ...]:
        """The faults found, by place, and how many were left out."""
        more = (Fault(self._name, f"and {self._more} more faults"),) if self._more else ()
        return (*sorted(self._found, key=lambda fault: (fault.line, fault.column)), *more)

    def __bool__(self) -> bool:
        return bool(self._found)


class Unreadable(Exception):
    """Raised inside a parser when nothing after this place can be read; the fault has been added."""
