"""The openai kind: any OpenAI-compatible endpoint by plain HTTP."""

import threading

import httpx2

from frmo.errors import ProviderUnavailable
from frmo.gateway.caller import Caller, Spend
from frmo.gateway.chat import ChatRoute
from frmo.gateway.kinds import Setting
from frmo.gateway.messages import is_loopback, is_own
from frmo.gateway.prices import Price, price_of
from frmo.gateway.provider import Provider
from frmo.gateway.size import input_ceiling
from frmo.model.completion import Completion, CompletionRequest

BASE_URL = "https://api.openai.com/v1"


def open_openai(setting: Setting) -> Provider:
    """The provider at `agents.openai.base_url` or `OPENAI_BASE_URL`. Raises ProviderUnavailable without model, key, price.

    The key is `OPENAI_API_KEY`; a server on this machine may need none.
    """
    base_url = setting.profile.base_url or setting.env.get("OPENAI_BASE_URL") or BASE_URL
    key = setting.env.get("OPENAI_API_KEY", "").strip()
    if not setting.model:
        raise ProviderUnavailable("openai: no model is named; set agents.openai.model in state/config.yaml")
    if not key and not is_loopback(base_url):
        raise ProviderUnavailable(f"openai: no key is set for {base_url}; set OPENAI_API_KEY")
    price = price_of("openai", setting.model, own_server=is_own(base_url), base_url=base_url)
    return CompatibleProvider(base_url, key, setting.model, price)


class CompatibleProvider:
    """One model behind one chat completions endpoint."""

    kind = "openai"

    def __init__(self, base_url: str, key: str, model: str, price: Price) -> None:
        self.model = model
        self._price = price
        self._client = httpx2.Client(trust_env=not is_loopback(base_url), limits=httpx2.Limits())
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._route = ChatRoute(self._client, base_url, headers, price, new_names=base_url == BASE_URL)

    def complete(
        self, request: CompletionRequest, caller: Caller, timeout_s: float, cancel: threading.Event
    ) -> Completion:
        """One call. Every way it can fail is a ProviderFault."""
        return self._route.complete(request, self.model, self.model, timeout_s, cancel)

    def ceiling(self, request: CompletionRequest) -> Spend:
        """By the prompt's bytes and the allowed output."""
        tokens = input_ceiling(request)
        return Spend(self._price.ceiling_usd(tokens, request.max_tokens), tokens + request.max_tokens)

    def counted(self, request: CompletionRequest) -> Spend:
        """The same: these endpoints offer no count."""
        return self.ceiling(request)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
