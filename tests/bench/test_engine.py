"""The measurement of the engine runs, on a small scale, and gives its rows."""

import pytest

from frmo.bench.engine import measure


@pytest.mark.sandbox
def test_it_measures_a_crowd_and_a_flood():
    rows = {row.name: row for row in measure(lambda text: None, agents=3, good=4, bad=2).rows}
    for name in ("tasks complete", "bad files told", "good files run", "memory of the worker"):
        assert rows[name].holds, rows[name]
    assert rows["wall time, start of the worker included"].value > 2
    assert 0 < rows["memory of an agent, the largest seen"].value < 40
