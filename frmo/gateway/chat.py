"""Chat completions by a plain POST: the local server's route for schemas and seeds, and any compatible endpoint."""

import threading
from collections.abc import Mapping

import httpx2

from frmo.gateway.caller import NOTHING
from frmo.gateway.fault import ProviderFault, status_fault
from frmo.gateway.interrupt import Left, gathered, interruptible
from frmo.gateway.prices import Price
from frmo.gateway.wire import chat_arguments, chat_completion, parsed
from frmo.model.completion import Completion, CompletionRequest


class ChatRoute:
    """The way to `<base_url>/chat/completions`."""

    def __init__(
        self,
        client: httpx2.Client,
        base_url: str,
        headers: Mapping[str, str],
        price: Price,
        *,
        new_names: bool = False,
    ) -> None:
        """`new_names`: the endpoint wants `max_completion_tokens`, which compatible servers may not know."""
        self._client = client
        self._new_names = new_names
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._headers = dict(headers)
        self._price = price

    def complete(
        self, request: CompletionRequest, model: str, sent_model: str, timeout_s: float, cancel: threading.Event
    ) -> Completion:
        """One call; `sent_model` is the model's name there. Every way it can fail is a ProviderFault."""
        body = chat_arguments(request, sent_model)
        if self._new_names:
            body["max_completion_tokens"] = body.pop("max_tokens")
        reply = interruptible(lambda left: parsed(self._sent(body, timeout_s, left)), timeout_s, cancel)
        return chat_completion(reply, model, self._price)

    def _sent(self, body: Mapping[str, object], timeout_s: float, left: Left) -> bytes:
        try:
            with self._client.stream(
                "POST", self._url, json=body, headers=self._headers, timeout=timeout_s
            ) as response:
                content = gathered(response.iter_bytes(), left)
                if response.status_code != 200:
                    text = content[:300].decode("utf-8", "replace")
                    raise status_fault(response.status_code, text, response.headers)
                return content
        except httpx2.TimeoutException as error:
            raise ProviderFault("timeout", "the connection timed out") from error
        except httpx2.ConnectError as error:
            raise ProviderFault("connection", f"no connection: {error}", spent=NOTHING) from error
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise ProviderFault("cut", f"the connection broke: {type(error).__name__}: {error}") from error
