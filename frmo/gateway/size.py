"""How many tokens a request can be at most, without asking anybody."""

import json

from frmo.gateway.caller import Spend
from frmo.model.completion import CompletionRequest

_PER_MESSAGE = 16
_PER_REQUEST = 64
_TOOLS = 700


def input_ceiling(request: CompletionRequest) -> int:
    """Upper bound of the input tokens: byte-level tokenizers never make more tokens than bytes, plus the template."""
    parts = [request.system]
    for message in request.messages:
        parts.append(message.content if isinstance(message.content, str) else json.dumps(message.content))
    extra = _PER_REQUEST + _PER_MESSAGE * len(parts)
    if request.tools:
        parts.append(json.dumps([dict(tool) for tool in request.tools]))
        extra += _TOOLS
    if request.schema is not None:
        parts.append(json.dumps(request.schema))
    return sum(len(part.encode("utf-8", "surrogatepass")) for part in parts) + extra


def words(request: CompletionRequest) -> int:
    """Words of the prompt: what stands for a token count where no model reads it."""
    contents = (message.content for message in request.messages)
    texts = [content if isinstance(content, str) else json.dumps(content) for content in contents]
    return sum(len(text.split()) for text in (request.system, *texts))


def free_ceiling(request: CompletionRequest) -> Spend:
    """Ceiling of a provider that costs nothing: tokens still count."""
    return Spend(tokens=input_ceiling(request) + request.max_tokens)
