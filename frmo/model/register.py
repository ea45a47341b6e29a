"""The register of trials: which numbers were given out and which were won; append-only (GATE, "Many proposals")."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from frmo.model.alpha import ALPHA, gamma
from frmo.model.registration import Pool, Registration
from frmo.model.trial import Ending

ABANDONED = "abandoned"
_ENDINGS = frozenset(
    {Ending.WIN.value, Ending.FUTILE.value, Ending.INCONCLUSIVE.value, Ending.BLOCKED.value, ABANDONED}
)


@dataclass(frozen=True)
class Registered:
    """A trial got its number. `digest`: of its registration, so that nothing in it can change afterwards."""

    trial: str
    t: int
    won_before: int
    digest: str


@dataclass(frozen=True)
class Extended:
    """A waiting trial got fresh tasks. `digest`: of the pool."""

    trial: str
    digest: str


@dataclass(frozen=True)
class Ended:
    """A trial ended, or was abandoned; either way it keeps its number. `ending`: the verdict's, or `abandoned`."""

    trial: str
    ending: str


Entry = Registered | Extended | Ended
_KINDS: dict[str, type[Registered] | type[Extended] | type[Ended]] = {
    "registered": Registered,
    "extended": Extended,
    "ended": Ended,
}


def entry_to_data(entry: Entry) -> dict[str, Any]:
    """Plain JSON data with the `kind` of the entry."""
    return {"kind": type(entry).__name__.lower(), **asdict(entry)}


def entry_from_data(data: dict[str, Any]) -> Entry:
    """Read back what `entry_to_data` wrote. Raises KeyError or TypeError on a wrong shape."""
    return _KINDS[data["kind"]](**{name: value for name, value in data.items() if name != "kind"})


def next_number(register: Sequence[Entry]) -> tuple[int, int]:
    """(t, R) of a trial registered now: its number, and how many trials were won so far."""
    return 1 + sum(isinstance(entry, Registered) for entry in register), _wins(register)


def register_breaches(register: Sequence[Entry]) -> list[str]:
    """What is wrong with the register as a whole: a number, a count of wins, an entry for a trial it doesn't know."""
    breaches: list[str] = []
    open_trials: set[str] = set()
    known: set[str] = set()
    for place, entry in enumerate(register):
        if isinstance(entry, Registered):
            if (entry.t, entry.won_before) != next_number(register[:place]):
                t, won = next_number(register[:place])
                breaches.append(f"register: {entry.trial} has t={entry.t}, R={entry.won_before}, not t={t}, R={won}")
            if entry.trial in known:
                breaches.append(f"register: {entry.trial} is registered twice")
            known.add(entry.trial)
            open_trials.add(entry.trial)
        elif entry.trial not in open_trials:
            breaches.append(f"register: {entry.trial} has an entry before its registration or after its end")
        elif isinstance(entry, Ended):
            open_trials.discard(entry.trial)
            if entry.ending not in _ENDINGS:
                breaches.append(f"register: {entry.trial} can't end as {entry.ending}")
    return breaches


def registration_breaches(registration: Registration, pools: Sequence[Pool], register: Sequence[Entry]) -> list[str]:
    """What the register says against a registration and the `pools` drawn later for it."""
    name = registration.trial
    entry = next((item for item in register if isinstance(item, Registered) and item.trial == name), None)
    if entry is None:
        return [f"register: {name} was never registered"]
    breaches = []
    if (registration.t, registration.won_before) != (entry.t, entry.won_before):
        given = f"t={entry.t}, R={entry.won_before}"
        breaches.append(f"t={registration.t}, R={registration.won_before}, but the register gave {given}")
    if registration.digest != entry.digest:
        breaches.append("the registration is not the one that was registered")
    if registration.alpha != ALPHA or registration.gamma != gamma(max(1, registration.t)):
        breaches.append("alpha or gamma is not what the rule gives")
    extended = [item.digest for item in register if isinstance(item, Extended) and item.trial == name]
    if [pool.digest for pool in pools] != extended:
        breaches.append("the pools drawn later are not those in the register")
    return breaches


def _wins(register: Sequence[Entry]) -> int:
    return sum(isinstance(entry, Ended) and entry.ending == Ending.WIN for entry in register)
