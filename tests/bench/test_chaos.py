"""A little chaos: the measurement's own targets hold."""

import pytest

from frmo.bench.chaos import measure


@pytest.mark.sandbox
def test_a_few_kills_lose_nothing():
    rows = {row.name: row for row in measure(lambda text: None, kills=3).rows}
    missed = [row for name, row in rows.items() if not row.holds and not name.startswith("start to")]
    assert missed == []
    assert sum(rows[name].value for name in ("worker killed", "agent killed", "worker stopped beyond its lease")) == 3
