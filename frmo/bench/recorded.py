"""The gate on recorded runs: published outcomes of two strategies of one model on the same tasks, replayed as trials.

A folder may hold `ab_pairs_*.tsv` (counts per pair of strategies: set, model, A, B, n, passA, passB, A_only, B_only) and
`replay_*.jsonl.gz` (one reply a line: task, model, strategy, claimed).
"""

import csv
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from pathlib import Path
from random import Random

from frmo.bench.stream import gate
from frmo.model.pair import Endpoint
from frmo.model.registration import N_MAX
from frmo.model.split import ordered
from frmo.model.trial import Ending

ORDERS = 200


@dataclass(frozen=True)
class Recorded:
    """Two strategies on the same tasks. `scores`: per task 1 only B passed, -1 only A, else 0."""

    name: str
    scores: tuple[int, ...]

    @property
    def b(self) -> int:
        """Tasks that only B passed."""
        return self.scores.count(1)

    @property
    def c(self) -> int:
        """Tasks that only A passed."""
        return self.scores.count(-1)

    def turned(self) -> "Recorded":
        """The same the other way round."""
        return Recorded(f"{self.name}, turned round", tuple(-score for score in self.scores))

    def p(self) -> float:
        """Exact two-sided McNemar p."""
        n, most = self.b + self.c, max(self.b, self.c)
        return min(1.0, float(2 * sum(comb(n, k) for k in range(most, n + 1)) / 2**n))


def published(folder: Path) -> Iterator[Recorded]:
    """Pairs of strategies of every `ab_pairs_*.tsv`, both ways round."""
    for path in sorted(folder.glob("ab_pairs_*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                b, c = int(row["B_only"]), int(row["A_only"])
                scores = (1,) * b + (-1,) * c + (0,) * (int(row["n"]) - b - c)
                there = Recorded(f"{row['set']} {row['model']}: {row['A']} -> {row['B']}", scores)
                yield from (there, there.turned())


def replayed(folder: Path) -> Iterator[Recorded]:
    """Pairs of strategies of one model in every `replay_*.jsonl.gz`, one way round."""
    for path in sorted(folder.glob("replay_*.jsonl.gz")):
        passed: dict[tuple[str, str], dict[str, bool]] = {}
        for line in gzip.decompress(path.read_bytes()).decode().split("\n"):
            if line:
                row = json.loads(line)
                passed.setdefault((row["model"], row["strategy"]), {})[row["task"]] = bool(row["claimed"])
        for first, second in combinations(sorted(passed), 2):
            if first[0] == second[0]:
                one, two = passed[first], passed[second]
                scores = tuple(int(two[task]) - int(one[task]) for task in sorted(one.keys() & two.keys()))
                yield Recorded(f"{first[0]}: {first[1]} -> {second[1]}", scores)


def wins(recorded: Recorded, orders: int = ORDERS) -> list[bool]:
    """Whether a first trial on these tasks is won, in each of `orders` as so many proposals would fix them."""
    places = [str(place) for place in range(len(recorded.scores))]
    orderings = (ordered(f"{recorded.name} {proposal}", places) for proposal in range(orders))
    return [_won([recorded.scores[int(place)] for place in ordering]) for ordering in orderings]


def false_wins(recorded: Recorded, random: Random, rounds: int) -> float:
    """Percent of A/A trials that are won: in each pair the arms swap places at random, so that neither is better."""
    won = 0
    for _ in range(rounds):
        scores = [score * random.choice((-1, 1)) for score in recorded.scores]
        random.shuffle(scores)
        won += _won(scores)
    return 100.0 * won / rounds


def _won(scores: Sequence[int]) -> bool:
    return gate(scores, 1, 0, N_MAX[Endpoint.OVERALL])[0] is Ending.WIN
