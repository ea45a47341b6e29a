"""The measurement of the gateway runs and gives its rows."""

from frmo.bench.gateway import measure


def test_it_measures_with_and_without_the_gateway():
    said = []
    report = measure(said.append, calls=4, rounds=1)
    assert len(said) == 2
    assert report.command == "frmo bench gateway"
    assert [row.unit for row in report.rows] == ["ms", "ms", "/s"]
    assert all(row.limit for row in report.rows)
    assert 0 < report.rows[2].value <= 20
