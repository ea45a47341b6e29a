"""The interface behind which every model sits."""

import threading
from typing import Protocol

from frmo.gateway.caller import Caller, Spend
from frmo.model.completion import Completion, CompletionRequest


class Provider(Protocol):
    """One model of one kind. Called from many threads at once."""

    @property
    def kind(self) -> str:
        """Agent kind: anthropic, local, scripted."""

    @property
    def model(self) -> str:
        """Name of the model, without machine paths."""

    def complete(
        self, request: CompletionRequest, caller: Caller, timeout_s: float, cancel: threading.Event
    ) -> Completion:
        """One call, no retries, ended by `timeout_s` or `cancel`; cost filled in. Raises ProviderFault, Interrupted."""

    def ceiling(self, request: CompletionRequest) -> Spend:
        """The most that one call can cost, from the request's size alone (no network)."""

    def counted(self, request: CompletionRequest) -> Spend:
        """The same from the provider's own token count where it offers one; a call, so only asked when money is short."""

    def close(self) -> None:
        """End what was started. Safe to call twice."""
