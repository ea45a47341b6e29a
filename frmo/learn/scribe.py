"""The scribe: in whose name and at which time learning writes to a workspace."""

from collections.abc import Callable
from dataclasses import dataclass

from frmo.repo.repository import Signature
from frmo.store.workspace import Workspace


@dataclass(frozen=True)
class Scribe:
    """`email`: of frmo's own commits. `now`: Unix seconds."""

    workspace: Workspace
    email: str
    now: Callable[[], float]

    @property
    def signature(self) -> Signature:
        """Author of a commit made now."""
        return Signature("frmo learner", self.email, self.now())
