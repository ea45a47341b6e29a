"""What a call costs: a maintained price list, asked per request; nothing for models that run here."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from genai_prices import Usage, calc_price

from frmo.errors import ProviderUnavailable


@dataclass(frozen=True)
class Counts:
    """Tokens of one call. `input` is all of the prompt, with what was read from and written to the provider's cache."""

    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0


class Price(Protocol):
    """Price of one model."""

    def cost_usd(self, counts: Counts) -> float:
        """US dollars of one call. Tiers depend on the call's size, so never ask for sums of calls."""

    def ceiling_usd(self, input_tokens: int, output_tokens: int) -> float:
        """The most that a call of this size can cost: all of the prompt newly written to the cache, or none."""


@dataclass(frozen=True)
class ListPrice:
    """The list price of a provider's model; `api_url` instead of `provider` finds it by the endpoint's address."""

    provider: str | None
    model: str
    api_url: str | None = None

    def cost_usd(self, counts: Counts) -> float:
        """By genai-prices, whose `input_tokens` includes cached ones."""
        return float(self._total(counts))

    def ceiling_usd(self, input_tokens: int, output_tokens: int) -> float:
        """The dearer of a plain call and one that writes its whole prompt to the cache."""
        plain = self._total(Counts(input_tokens, output_tokens))
        return float(max(plain, self._total(Counts(input_tokens, output_tokens, cache_write=input_tokens))))

    def _total(self, counts: Counts) -> Decimal:
        usage = Usage(
            input_tokens=counts.input,
            output_tokens=counts.output,
            cache_read_tokens=counts.cache_read or None,
            cache_write_tokens=counts.cache_write or None,
        )
        if self.api_url is not None:
            return calc_price(usage, self.model, provider_api_url=self.api_url).total_price
        return calc_price(usage, self.model, provider_id=self.provider).total_price


@dataclass(frozen=True)
class Free:
    """Models that run on this machine."""

    def cost_usd(self, counts: Counts) -> float:
        """0."""
        return 0.0

    def ceiling_usd(self, input_tokens: int, output_tokens: int) -> float:
        """0."""
        return 0.0


def price_of(provider: str, model: str, *, own_server: bool, base_url: str | None = None) -> Price:
    """The list price; for a model nobody lists, free on an own (loopback) server, else ProviderUnavailable.

    `base_url`: where it is served, for endpoints of many providers that share one interface.
    """
    price = ListPrice(None, model, base_url) if base_url and not own_server else ListPrice(provider, model)
    try:
        price.ceiling_usd(1, 1)
    except LookupError:
        if own_server:
            return Free()
        raise ProviderUnavailable(
            f"{provider}: no price is known for model {model!r}, so no budget could bind it; "
            f"check the name in agents.{provider}.model of state/config.yaml, or update genai-prices"
        ) from None
    return price
