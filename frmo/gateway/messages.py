"""The Messages API by the official SDK: the `anthropic` kind, and the plain route of the local server."""

import threading
from collections.abc import Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from frmo.errors import ProviderUnavailable
from frmo.gateway.caller import NOTHING, Caller, Spend
from frmo.gateway.fault import ProviderFault, status_fault
from frmo.gateway.interrupt import Left, gathered, interruptible
from frmo.gateway.kinds import Setting
from frmo.gateway.prices import Price, price_of
from frmo.gateway.provider import Provider
from frmo.gateway.size import input_ceiling
from frmo.gateway.wire import messages_arguments, messages_completion, parsed
from frmo.model.completion import Completion, CompletionRequest

if TYPE_CHECKING:
    import anthropic

DEFAULT_MODEL = "claude-sonnet-5-5"
BASE_URL = "https://api.anthropic.com"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def open_anthropic(setting: Setting) -> Provider:
    """The provider for `ANTHROPIC_API_KEY`. Raises ProviderUnavailable without a key, or for a model without a price."""
    key = setting.env.get("ANTHROPIC_API_KEY", "").strip()
    if not key:
        raise ProviderUnavailable(
            "anthropic: no key is set; set ANTHROPIC_API_KEY, or use the local model with --agent local"
        )
    base_url = setting.profile.base_url or setting.env.get("ANTHROPIC_BASE_URL") or BASE_URL
    model = setting.model or DEFAULT_MODEL
    price = price_of("anthropic", model, own_server=is_own(base_url))
    return MessagesProvider("anthropic", model, price, sdk_client(base_url, key))


def sdk_client(base_url: str, key: str) -> "anthropic.Anthropic":
    """The SDK's client without retries of its own. On loopback no proxy of the environment gets in between."""
    import anthropic  # 1.3 s of CPU

    own = httpx2.Client(trust_env=False, limits=httpx2.Limits()) if is_loopback(base_url) else None
    return anthropic.Anthropic(api_key=key, base_url=base_url, max_retries=0, http_client=own)


def is_loopback(url: str) -> bool:
    """True when `url` names this machine."""
    return (urlsplit(url).hostname or "") in _LOOPBACK


def is_own(url: str) -> bool:
    """True when `url` names this machine or one of the own network, where a model that nobody lists costs nothing."""
    host = urlsplit(url).hostname or ""
    if is_loopback(url) or host.endswith((".local", ".internal", ".lan", ".home.arpa")):
        return True
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host


class MessagesProvider:
    """One model behind one Messages API endpoint. `sent_model`: its name there, where it differs from `model`."""

    def __init__(
        self, kind: str, model: str, price: Price, client: "anthropic.Anthropic", sent_model: str | None = None
    ) -> None:
        self.kind = kind
        self.model = model
        self._sent_model = sent_model or model
        self._price = price
        self._client = client

    def complete(
        self, request: CompletionRequest, caller: Caller, timeout_s: float, cancel: threading.Event
    ) -> Completion:
        """One call. Every way it can fail is a ProviderFault."""
        body = messages_arguments(request, self._sent_model)
        reply = interruptible(lambda left: parsed(self._sent(body, timeout_s, left)), timeout_s, cancel)
        return messages_completion(reply, self.model, self._price)

    def ceiling(self, request: CompletionRequest) -> Spend:
        """By the prompt's bytes and the allowed output."""
        return self._spend(input_ceiling(request), request.max_tokens)

    def counted(self, request: CompletionRequest) -> Spend:
        """By the endpoint's own count of the prompt; by size where it can't count."""
        body = messages_arguments(request, self._sent_model)
        for name in ("max_tokens", "stop_sequences", "temperature"):
            body.pop(name, None)
        try:
            count = self._client.messages.count_tokens(**body, timeout=20.0).input_tokens
        except _sdk_errors():
            return self.ceiling(request)
        return self._spend(count, request.max_tokens) if isinstance(count, int) else self.ceiling(request)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _spend(self, input_tokens: int, output_tokens: int) -> Spend:
        return Spend(self._price.ceiling_usd(input_tokens, output_tokens), input_tokens + output_tokens)

    def _sent(self, body: dict[str, Any], timeout_s: float, left: Left) -> bytes:
        """The raw body of a 200 reply: the SDK would let HTML through as a `str` and torn JSON as its own error."""
        extra = {name: body.pop(name) for name in ("temperature",) if name in body}
        try:
            with self._client.messages.with_streaming_response.create(
                **body, extra_body=extra or None, timeout=timeout_s
            ) as response:
                return gathered(response.iter_bytes(), left)
        except _sdk_errors() as error:
            raise sdk_fault(error) from error


def _sdk_errors() -> tuple[type[Exception], ...]:
    import anthropic

    return (anthropic.AnthropicError, httpx2.HTTPError, httpx2.StreamError)


def sdk_fault(error: Exception) -> ProviderFault:
    """The fault behind an exception of the SDK or of its transport."""
    import anthropic

    if isinstance(error, anthropic.APIStatusError):
        return status_fault(error.status_code, _message(error.body) or str(error)[:300], error.response.headers)
    if isinstance(error, anthropic.APITimeoutError | httpx2.TimeoutException):
        return ProviderFault("timeout", "the connection timed out")
    cause = error.__cause__ or error
    if isinstance(cause, httpx2.ConnectError):
        return ProviderFault("connection", f"no connection: {cause}", spent=NOTHING)
    if isinstance(error, anthropic.APIConnectionError | httpx2.HTTPError):
        return ProviderFault("cut", f"the connection broke: {type(cause).__name__}: {cause}")
    return ProviderFault("unknown", f"{type(error).__name__}: {error}")


def _message(body: object) -> str:
    """The human part of an error body, else ''."""
    if isinstance(body, Mapping):
        inner = body.get("error")
        message = inner.get("message") if isinstance(inner, Mapping) else body.get("message")
        return message[:300] if isinstance(message, str) else ""
    return ""
