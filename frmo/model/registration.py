"""The registration of a trial: everything that is fixed before its first run (GATE, "Design of a trial")."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

from frmo.model.alpha import ALPHA
from frmo.model.pair import Endpoint, Target
from frmo.model.split import ordered, proposal_hash

N_MAX: Mapping[Endpoint, int] = {Endpoint.TARGETED: 80, Endpoint.OVERALL: 120}
CAP = Fraction(15, 100)


@dataclass(frozen=True)
class PoolTask:
    """A held-out task that may serve. `task`, `commit`: id and base commit to replay. `triggers`: can show the pattern."""

    name: str
    task: str
    commit: str
    triggers: bool = True


@dataclass(frozen=True)
class Pool:
    """Tasks drawn together, their order, and a digest over both."""

    tasks: tuple[PoolTask, ...]
    order: tuple[str, ...]
    digest: str

    @classmethod
    def drawn(cls, proposal: str, tasks: Iterable[PoolTask]) -> "Pool":
        """A pool in the order that `proposal` fixes. The same tasks in any order give the same pool."""
        listed = tuple(sorted(tasks, key=lambda item: item.name))
        order = ordered(proposal, [item.name for item in listed])
        return cls(listed, order, digest_of([[asdict(item) for item in listed], order]))

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Pool":
        """Read back plain data."""
        return cls(tuple(PoolTask(**item) for item in data["tasks"]), tuple(data["order"]), data["digest"])


@dataclass(frozen=True)
class Arm:
    """A version of the protocols: the commit that holds it, and the id of its `protocols/` tree."""

    commit: str
    tree: str


@dataclass(frozen=True)
class Change:
    """One path below `protocols/` with its blob ids before and after; None: no such file."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Registration:
    """Everything that is fixed before the first run; its digest is in the register.

    `prompt_tokens`: of the baseline's and the candidate's prompt, counted, not measured. `canaries`: names of tasks.
    `placebo`: the arm with a neutral text, where one is asked for. `price_usd`: estimated for the whole pool.
    """

    trial: str
    t: int
    won_before: int
    gamma: Fraction
    endpoint: Endpoint
    changes: tuple[Change, ...]
    baseline: Arm
    candidate: Arm
    pool: Pool
    model: str
    n_max: int
    prompt_tokens: tuple[int, int]
    alpha: Fraction = ALPHA
    cap: Fraction = CAP
    target: Target | None = None
    placebo: Arm | None = None
    canaries: tuple[str, ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)
    price_usd: float = 0.0

    @property
    def proposal(self) -> str:
        """Hash of the change itself; it fixes the order of the pairs."""
        return proposal_hash({change.path: (change.before, change.after) for change in self.changes})

    @property
    def digest(self) -> str:
        """What the register keeps of the registration."""
        return digest_of(self.to_data())

    def to_data(self) -> dict[str, Any]:
        """As `trial.schema.json` has it; fractions as `p/q`."""
        exact = {name: str(getattr(self, name)) for name in ("gamma", "alpha", "cap")}
        return {**asdict(self), **exact, "endpoint": self.endpoint.value}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Registration":
        """Read back what `to_data` wrote."""
        target, placebo = data.get("target"), data.get("placebo")
        return cls(
            **{
                **data,
                **{name: Fraction(data[name]) for name in ("gamma", "alpha", "cap")},
                "endpoint": Endpoint(data["endpoint"]),
                "changes": tuple(Change(**item) for item in data["changes"]),
                "baseline": Arm(**data["baseline"]),
                "candidate": Arm(**data["candidate"]),
                "placebo": Arm(**placebo) if placebo else None,
                "pool": Pool.from_data(data["pool"]),
                "prompt_tokens": tuple(data["prompt_tokens"]),
                "target": Target(**target) if target else None,
                "canaries": tuple(data.get("canaries", ())),
            }
        )


def digest_of(data: object) -> str:
    """SHA-256 of plain data as canonical JSON."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
