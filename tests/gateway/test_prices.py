"""Prices come from the list; ceilings are never below the cost."""

import pytest

from frmo.errors import ProviderUnavailable
from frmo.gateway.prices import Counts, Free, price_of


def test_cached_input_is_part_of_the_input_and_cheaper():
    price = price_of("anthropic", "claude-haiku-4-5", own_server=False)
    assert price.cost_usd(Counts(1_000_000, 0)) == pytest.approx(1.0)
    assert price.cost_usd(Counts(1_000_000, 0, cache_read=1_000_000)) == pytest.approx(0.1)
    assert price.cost_usd(Counts(1_000_000, 1_000_000, cache_write=1_000_000)) == pytest.approx(6.25)


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-1"])
@pytest.mark.parametrize("read", [0, 500])
@pytest.mark.parametrize("write", [0, 500])
def test_no_call_costs_more_than_its_ceiling(model, read, write):
    price = price_of("anthropic", model, own_server=False)
    assert price.cost_usd(Counts(1_000, 50, read, write)) <= price.ceiling_usd(1_000, 50)


def test_a_model_nobody_lists():
    with pytest.raises(ProviderUnavailable, match="no price is known"):
        price_of("anthropic", "my-own", own_server=False)
    assert price_of("anthropic", "my-own", own_server=True) == Free()
    assert Free().cost_usd(Counts(9, 9)) == Free().ceiling_usd(9, 9) == 0
