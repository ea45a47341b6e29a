"""`frmo bench gate`: the gate's figures by seeded simulation, the naive gates beside it, and recorded runs if given."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from random import Random

from frmo.bench.recorded import false_wins, published, replayed, wins
from frmo.bench.report import Report, Row, at_least, at_most
from frmo.bench.stream import Gate, Merges, drawn, gate, peeking, score_higher, share, stream, without_many
from frmo.model.probation import REVERT_AT, WATCHED, statistics

STREAMS = 400
SEED = 7
OLD, WORSE, BETTER = 0.4, 0.6, 0.2
MERGES_PER_STREAM = 5  # a probation is cheaper to simulate than a stream
GOOD_PAIRS = 40

Progress = Callable[[str], None]


def measure(progress: Progress, data: Path | None = None, streams: int = STREAMS, seed: int = SEED) -> Report:
    """All figures; `data`: a folder with recorded runs (see `frmo.bench.recorded`). Same seed, same figures."""
    rows = [*_streams(progress, streams, seed), *_probation(progress, streams, seed)]
    if data is not None:
        rows += _recorded(progress, data, seed)
    return Report(tuple(rows), "frmo bench gate" + (f" --data {data}" if data else ""))


def _streams(progress: Progress, streams: int, seed: int) -> Iterator[Row]:
    def run(label: str, rule: Gate, proposals: int, good: int) -> list[Merges]:
        progress(f"{label}: {streams} streams of {proposals} proposals")
        random = Random(f"{seed} {label}")
        return [stream(random, rule, proposals, good) for _ in range(streams)]

    def any_false(found: list[Merges]) -> float:
        return share([merges.false > 0 for merges in found])

    null = run("null", gate, 100, 0)
    yield at_most("100 null proposals: streams with a false merge", any_false(null), 10, "%", "3 to 4")
    for name, rule, reference in (
        ("score higher", score_higher, "100"),
        ("peeking at p < .05", peeking, "100"),
        ("E >= 20 without e-LOND", without_many, "88 to 94"),
    ):
        naive = run(name, rule, 100, 0)
        yield Row(f"  naive gate, {name}: streams with a false merge", any_false(naive), "%", limit=reference)
        mean = sum(merges.false for merges in naive) / streams
        yield Row(f"  naive gate, {name}: false merges per stream", mean, limit="14" if rule is peeking else "")
    mixed = run("mixed", gate, 100, 20)
    yield at_most("100 proposals, 20 % good: FDR", _fdr(mixed), 0.10, limit=".003")
    yield at_least("100 proposals, 20 % good: power", _power(mixed), 0.85, limit=".90")
    yield at_most("100 proposals, 20 % good: pairs per proposal", _pairs(mixed), 40, limit="37")
    few = run("few", gate, 5, 2)
    yield at_least("5 proposals, 40 % good: power", _power(few), 0.90, limit=".96")
    yield Row("5 proposals, 40 % good: pairs per proposal", _pairs(few), limit="34")


def _probation(progress: Progress, streams: int, seed: int) -> Iterator[Row]:
    merges = streams * MERGES_PER_STREAM

    def reverted(label: str, good_pairs: int, good_to: float, then: float, pairs: int = WATCHED) -> float:
        progress(f"probation, {label}: {merges} merges")
        random = Random(f"{seed} {label}")
        return share([_reverts(random, good_pairs, good_to, then, pairs) for _ in range(merges)]) / 100

    at_once = reverted("worse at once", 0, OLD, WORSE)
    yield at_least("merged, then worse at once: reverted within 200 pairs", at_once, 0.85, limit=".84 to .90")
    late = reverted("worse late", GOOD_PAIRS, OLD, WORSE)
    yield at_least("as good as before for 40 pairs, then worse: reverted within 200 pairs", late, 0.75, limit=".80")
    later = reverted("better, then worse", GOOD_PAIRS, BETTER, WORSE, GOOD_PAIRS + WATCHED)
    yield Row("better for 40 pairs, then worse: the statistic alone, within 200 pairs of the turn", later)
    turned = reverted("unchanged", 0, OLD, OLD)
    yield at_most("merged, no change: reverted within 200 pairs", turned, 0.05, limit=".017")


def _recorded(progress: Progress, data: Path, seed: int) -> Iterator[Row]:
    progress(f"recorded runs in {data}")
    random = Random(f"{seed} A/A")
    aa = [false_wins(item, random, rounds=400) for item in replayed(data)]
    if aa:
        yield at_most(f"A/A on {len(aa)} recorded pairs of arms: false wins, mean", sum(aa) / len(aa), 5, "%")
    for item in published(data):
        won = wins(item)
        value = share(won)
        if item.p() < 0.001 and item.b >= 5 * item.c:
            name = f"{item.name} ({item.b}:{item.c}, better): orders won"
            yield Row(name, value, "%", ">= 95, the first one too", holds=value >= 95 and won[0])
        elif item.p() < 0.05 and item.b < item.c:
            yield at_most(f"{item.name} ({item.b}:{item.c}, worse): orders won", value, 0, "%")
        elif item.p() > 0.5:
            yield at_most(f"{item.name} ({item.b}:{item.c}, no difference): orders won", value, 5, "%")


def _reverts(random: Random, good_pairs: int, good_to: float, then: float, pairs: int) -> bool:
    scores = [*islice(drawn(random, OLD, good_to), good_pairs), *islice(drawn(random, OLD, then), pairs - good_pairs)]
    return any(value >= REVERT_AT for value in statistics(scores))


def _fdr(found: list[Merges]) -> float:
    return sum(merges.false / max(1, merges.false + merges.true) for merges in found) / len(found)


def _power(found: list[Merges]) -> float:
    return sum(merges.true for merges in found) / sum(merges.good for merges in found)


def _pairs(found: list[Merges]) -> float:
    return sum(merges.pairs for merges in found) / len(found)
