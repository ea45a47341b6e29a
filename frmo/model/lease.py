"""A lease: the claim of one worker on one task, and when another may take it over (DESIGN section 3)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Holder:
    """A process that can be told from every other: host, boot, pid namespace, pid and its start time (clock ticks)."""

    worker: str
    host: str
    boot: str
    pid_namespace: str
    pid: int
    started: int


@dataclass(frozen=True)
class Lease:
    """The blob at `refs/frmo/leases/<id>`. `expires`: Unix seconds. `fencing` grows with every take-over.

    `crashes` counts take-overs from the dead since `version` of the task's state: work that keeps killing its worker.
    """

    task: str
    holder: Holder
    expires: float
    fencing: int
    nonce: str
    crashes: int = 0
    version: int = 0

    def to_data(self) -> dict[str, Any]:
        """As `lease.schema.json` has it."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Lease":
        """Read back what `to_data` wrote."""
        return cls(**{**data, "holder": Holder(**data["holder"])})


def may_take_over(lease: Lease, now: float, here: Holder, alive: bool) -> bool:
    """True when `lease` has expired, or its process is gone and it lived where we can see that (`alive` is that look)."""
    same_place = lease.holder.boot == here.boot and lease.holder.pid_namespace == here.pid_namespace
    return (same_place and not alive) or now >= lease.expires
