"""What can go wrong with one call to a provider, and what helps: retry, wait, give up, or set it up first."""

from collections.abc import Mapping
from enum import StrEnum

from frmo.gateway.caller import Spend


class Remedy(StrEnum):
    """RETRY counts as a try; WAIT (quota, overload) doesn't; GIVE_UP: the same call would fail again."""

    RETRY = "retry"
    WAIT = "wait"
    GIVE_UP = "give_up"
    SET_UP = "set_up"


class ProviderFault(Exception):
    """One failed call. `spent`: what it cost where that is known; None: it may have cost all that was reserved."""

    def __init__(
        self,
        code: str,
        message: str,
        remedy: Remedy = Remedy.RETRY,
        *,
        retry_after_s: float | None = None,
        spent: Spend | None = None,
        provider_fault: bool = True,
    ) -> None:
        self.code = code
        self.message = message
        self.remedy = remedy
        self.retry_after_s = retry_after_s
        self.spent = spent
        self.provider_fault = provider_fault
        super().__init__(f"{code}: {message}")


_CODES = {401: "not-authorized", 402: "billing", 403: "forbidden", 404: "not-found", 413: "too-large"}
_SET_UP = frozenset({401, 402, 403, 404})
_TRANSIENT = frozenset({408, 409, 425})
_OVERLOAD = frozenset({429, 529})
CONTEXT_WORDS = ("context size", "context length", "prompt is too long", "context window")


def status_fault(status: int, message: str, headers: Mapping[str, str]) -> ProviderFault:
    """The fault that an HTTP status other than 200 stands for. A refused request costs nothing; a 5xx may have."""
    after = retry_after_s(headers)
    free = Spend()
    if status in _OVERLOAD or (status == 503 and after is not None):
        code = "quota" if status == 429 else "overloaded"
        return ProviderFault(code, message, Remedy.WAIT, retry_after_s=after, spent=free)
    if status in _TRANSIENT or status >= 500 or status < 400:
        return ProviderFault(f"http-{status}", message, Remedy.RETRY, retry_after_s=after, spent=free)
    if status in _SET_UP:
        return ProviderFault(_CODES[status], message, Remedy.SET_UP, spent=free)
    if any(word in message.lower() for word in CONTEXT_WORDS):
        return ProviderFault("context-exceeded", message, Remedy.GIVE_UP, spent=free, provider_fault=False)
    code = _CODES.get(status, "bad-request")
    return ProviderFault(code, message, Remedy.GIVE_UP, spent=free, provider_fault=False)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds of `retry-after-ms` or `retry-after`; None when absent, negative or a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    return None
