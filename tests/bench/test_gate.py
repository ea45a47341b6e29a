import pytest

from frmo.bench.gate import measure

HEADER = "set\tmodel\tA\tB\tn\tpassA\tpassB\tA_only\tB_only\tmcnemar_exact_p\n"


@pytest.fixture(scope="module")
def report():
    return measure(lambda line: None, streams=100)


def test_every_figure_is_reached(report):
    assert [row.name for row in report.rows if not row.holds] == []
    assert report.ok
    assert sum(bool(row.target) for row in report.rows) == 8


def test_the_naive_gates_stand_beside_it_and_are_wrong(report):
    naive = {row.name: row.value for row in report.rows if "naive" in row.name}
    assert len(naive) == 6
    assert all(value > 75 for name, value in naive.items() if "streams" in name)


def test_the_same_seed_gives_the_same_figures():
    first, again, other = (measure(lambda line: None, streams=10, seed=seed) for seed in (3, 3, 4))
    assert first == again != other


def test_recorded_runs_are_judged_when_given(tmp_path):
    (tmp_path / "ab_pairs_x.tsv").write_text(
        HEADER + "x\tm\tA\tB\t150\t40\t80\t4\t40\t0\nx\tm\tA\tC\t150\t40\t40\t10\t10\t1\n"
    )
    rows = measure(lambda line: None, data=tmp_path, streams=2).rows
    recorded = {row.name: row for row in rows if row.name.startswith("x m")}
    assert recorded["x m: A -> B (40:4, better): orders won"].holds
    assert recorded["x m: A -> B, turned round (4:40, worse): orders won"].value == 0
    assert recorded["x m: A -> C (10:10, no difference): orders won"].target == "<= 5"
