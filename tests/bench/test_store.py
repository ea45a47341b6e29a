from frmo.bench.store import measure


def test_every_figure_is_measured_and_claims_are_exact():
    said = []
    report = measure(said.append, steps=20, writers=2, long_history=150, many_errors=2000, tasks=24, workers=8)
    assert [row.name for row in report.rows] == [
        "step commit", "step commit, of pygit2 alone", "durable step commit",
        "durable step commit, of 3 files with fsync", "durable, 8 tasks at once, of 3 files with fsync",
        "2 writers, of pygit2 alone at 2", "step at 150 commits, of that at 100", "settle at 2000 errors, of that at 1,000",
        "claims of 24 tasks by 8 workers", "claims",
    ]  # fmt: skip
    claims = report.rows[-2]
    assert claims.holds and claims.value == 24
    assert all(row.value > 0 for row in report.rows) and len(said) == 6
