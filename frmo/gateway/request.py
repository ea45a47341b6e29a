"""The check of a request: it may come from an agent process, so nothing about it is taken for granted."""

from collections.abc import Mapping
from typing import Any

from frmo.errors import CompletionFailed
from frmo.model.completion import CompletionRequest

MAX_OUTPUT = 200_000


def checked(request: CompletionRequest) -> CompletionRequest:
    """`request` itself when its fields have the types they say, else CompletionFailed `bad-request`."""
    if fault := _fault(request):
        raise CompletionFailed("bad-request", f"the request can't be sent: {fault}", provider_fault=False)
    return request


def _fault(request: CompletionRequest) -> str | None:
    if not request.messages:
        return "it has no messages"
    for message in request.messages:
        if message.role not in ("user", "assistant"):
            return f"role {str(message.role)[:40]!r} is neither user nor assistant"
        if not isinstance(message.content, str) and not _blocks(message.content):
            return "a message's content is neither text nor a list of blocks"
    if request.messages[-1].role != "user":
        return "the last message is not the user's; prefilling a reply is not supported"
    if not isinstance(request.system, str):
        return "system is not text"
    if not _integer(request.max_tokens) or not 1 <= request.max_tokens <= MAX_OUTPUT:
        return f"max_tokens is not between 1 and {MAX_OUTPUT}"
    if not all(isinstance(stop, str) and stop for stop in request.stop):
        return "a stop sequence is not text, or empty"
    if request.temperature is not None and not _number(request.temperature):
        return "temperature is not between 0 and 2"
    if request.seed is not None and not _integer(request.seed):
        return "seed is not a whole number"
    if request.schema is not None and not isinstance(request.schema, Mapping):
        return "schema is not a mapping"
    return None if _blocks(list(request.tools)) else "a tool is not a mapping"


def _blocks(content: Any) -> bool:  # noqa: ANN401  from an agent process
    return isinstance(content, list) and all(isinstance(block, Mapping) for block in content)


def _integer(value: Any) -> bool:  # noqa: ANN401  from an agent process
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:  # noqa: ANN401  from an agent process
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 2
