import pytest

from frmo.bench.sandbox import measure

pytestmark = pytest.mark.sandbox


def test_every_figure_is_there_with_its_limit_beside_it():
    said = []
    report = measure(said.append, rounds=2)
    assert report.command == "frmo bench sandbox"
    assert len(report.rows) == 6
    assert all(row.value > 0 for row in report.rows[:3])
    assert {row.target for row in report.rows} == {"", "<= 60", "<= 2"}
    assert said
