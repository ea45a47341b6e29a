"""The local kind: a llama.cpp server on loopback, by its Messages route, and its chat route for schemas and seeds."""

import threading
from dataclasses import dataclass
from pathlib import Path

import httpx2

from frmo.gateway.caller import Caller, Spend
from frmo.gateway.chat import ChatRoute
from frmo.gateway.kinds import Setting
from frmo.gateway.llama import Address, LlamaServer, ServerSetting
from frmo.gateway.messages import MessagesProvider, sdk_client
from frmo.gateway.prices import Free
from frmo.gateway.provider import Provider
from frmo.gateway.size import free_ceiling
from frmo.gateway.weights import DEFAULT, usable
from frmo.model.completion import Completion, CompletionRequest

CONTEXT_TOKENS = 8192
_MAX_SLOTS = 8


def open_local(setting: Setting) -> Provider:
    """The provider for local weights; nothing starts yet. Raises ProviderUnavailable where there are none."""
    path = usable(setting.model or DEFAULT.name, setting.weights, setting.env)
    server = LlamaServer(
        ServerSetting(
            model=path,
            slots=min(max(1, setting.jobs), _MAX_SLOTS),
            context_tokens=setting.profile.context_tokens or CONTEXT_TOKENS,
            env=setting.env,
            logs=setting.logs,
        )
    )
    return LocalProvider(path, server)


@dataclass(frozen=True)
class _Routes:
    """Both routes to the server at one address."""

    address: Address
    messages: MessagesProvider
    chat: ChatRoute
    client: httpx2.Client

    def close(self) -> None:
        self.messages.close()
        self.client.close()


class LocalProvider:
    """The model of one GGUF file; `model` is its name without folder and ending. Costs nothing."""

    kind = "local"

    def __init__(self, path: Path, server: LlamaServer) -> None:
        self.model = path.stem
        self._server = server
        self._routes: _Routes | None = None
        self._lock = threading.Lock()

    def complete(
        self, request: CompletionRequest, caller: Caller, timeout_s: float, cancel: threading.Event
    ) -> Completion:
        """One call, the server started when it isn't running."""
        routes = self._open(cancel)
        if request.schema is not None or request.seed is not None:  # the Messages route ignores both
            return routes.chat.complete(request, self.model, self.model, timeout_s, cancel)
        return routes.messages.complete(request, caller, timeout_s, cancel)

    def ceiling(self, request: CompletionRequest) -> Spend:
        """Nothing in money; tokens by size."""
        return free_ceiling(request)

    def counted(self, request: CompletionRequest) -> Spend:
        """Tokens by the server's count."""
        return self._open(threading.Event()).messages.counted(request)

    def close(self) -> None:
        """Stop the server."""
        with self._lock:
            routes, self._routes = self._routes, None
        if routes is not None:
            routes.close()
        self._server.close()

    def _open(self, cancel: threading.Event) -> _Routes:
        address = self._server.address(cancel)
        with self._lock:
            if self._routes is None or self._routes.address != address:
                self._routes = _routes(address, self.model)
            return self._routes


def _routes(address: Address, model: str) -> _Routes:
    client = httpx2.Client(trust_env=False)
    chat = ChatRoute(client, f"{address.url}/v1", {"authorization": f"Bearer {address.token}"}, Free())
    return _Routes(
        address, MessagesProvider("local", model, Free(), sdk_client(address.url, address.token)), chat, client
    )
