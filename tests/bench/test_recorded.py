import gzip
import json
from random import Random

import pytest

from frmo.bench.recorded import Recorded, false_wins, published, replayed, wins

HEADER = "set\tmodel\tA\tB\tn\tpassA\tpassB\tA_only\tB_only\tmcnemar_exact_p\n"


def _better(b, c, n=150):
    return Recorded("m: A -> B", (1,) * b + (-1,) * c + (0,) * (n - b - c))


def test_published_counts_become_trials_both_ways_round(tmp_path):
    (tmp_path / "ab_pairs_x.tsv").write_text(HEADER + "x\tm\tA\tB\t100\t40\t60\t5\t25\t0.0003\n")
    there, back = published(tmp_path)
    assert (there.name, there.b, there.c, len(there.scores)) == ("x m: A -> B", 25, 5, 100)
    assert (back.name, back.b, back.c) == ("x m: A -> B, turned round", 5, 25)
    assert there.p() == back.p() == pytest.approx(0.000325, abs=1e-6)


def test_replies_of_one_model_are_paired_task_by_task(tmp_path):
    rows = [("m", "A", "1", True), ("m", "B", "1", False), ("m", "A", "2", False), ("m", "B", "2", True),
            ("m", "A", "3", True), ("n", "B", "3", True)]  # fmt: skip
    lines = "\n".join(json.dumps(dict(zip(("model", "strategy", "task", "claimed"), row, strict=True))) for row in rows)
    (tmp_path / "replay_x.jsonl.gz").write_bytes(gzip.compress((lines + "\n").encode()))
    assert list(replayed(tmp_path)) == [Recorded("m: A -> B", (-1, 1))]


def test_a_clear_difference_wins_one_way_only():
    better = _better(40, 4)
    assert sum(wins(better, orders=20)) == 20
    assert sum(wins(better.turned(), orders=20)) == 0


def test_swapped_arms_hardly_ever_win():
    assert false_wins(_better(40, 4), Random(1), rounds=300) <= 5
