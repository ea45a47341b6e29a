"""Patterns: errors that recur with a factor more than chance allows, found in one part and repeated in another (GATE).

The hypergeometric tail and Benjamini-Hochberg are short enough to be here; SciPy would be 200 MB for two functions. Both
agree with it in the tests.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from math import comb, exp, lgamma
from typing import Any

SUPPORT = 5
Q = 0.01
REPLICATION_P = 0.05
REPLICATION_SUPPORT = 2
RERUNS = 6
_NOTHING = 1e-18


class Nature(StrEnum):
    """SYSTEMATIC recurs when the task is run again; STOCHASTIC doesn't; UNDECIDED: the re-runs don't say."""

    SYSTEMATIC = "systematic"
    STOCHASTIC = "stochastic"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Observation:
    """What is known of one task's run: the factors it was exposed to, and the fingerprints of its errors.

    `factors`: (factor, value) such as ("operation", "string.slug"); a run may have several values of one factor.
    """

    task: str
    factors: frozenset[tuple[str, str]]
    fingerprints: frozenset[str]


@dataclass(frozen=True)
class Pattern:
    """A fingerprint tied to a factor. Counts are of distinct tasks in the mining part.

    `support`: with both; `carriers`: with the fingerprint; `exposed`: with the factor's value; `population`: all.
    `p`: hypergeometric; `q`: after Benjamini-Hochberg; `replication_p`: the same test on the replication part.
    """

    fingerprint: str
    factor: str
    value: str
    support: int
    carriers: int
    exposed: int
    population: int
    p: float
    q: float
    replication_p: float
    tasks: tuple[str, ...]
    nature: Nature = Nature.UNDECIDED

    @property
    def may_propose(self) -> bool:
        """Systematic patterns may be proposed against, and undecided ones: these recur across tasks (q <= .01)."""
        return self.nature is not Nature.STOCHASTIC

    def to_data(self) -> dict[str, Any]:
        """As `pattern.schema.json` has it."""
        return {**asdict(self), "nature": self.nature.value}


@dataclass(frozen=True)
class _Part:
    """One part of the tasks, counted: tasks per fingerprint, per factor value, and per both."""

    population: int
    carriers: Mapping[str, set[str]]
    exposed: Mapping[tuple[str, str], set[str]]
    both: Mapping[tuple[str, str, str], set[str]]

    def p(self, fingerprint: str, factor: str, value: str) -> float:
        carriers, exposed = self.carriers.get(fingerprint, set()), self.exposed.get((factor, value), set())
        support = len(self.both.get((fingerprint, factor, value), ()))
        return hypergeometric_tail(support, self.population, len(carriers), len(exposed))


def find_patterns(mining: Iterable[Observation], replication: Iterable[Observation]) -> list[Pattern]:
    """Patterns of the mining part that are repeated on the replication part, the surest first.

    Tests are chosen by their margins only (fingerprint and factor each on 5 tasks), which the hypergeometric test takes
    as given; choosing by the joint count would bend q. The same observations in any order give the same list.
    """
    first, second = _counted(mining), _counted(replication)
    carriers = sorted(name for name, tasks in first.carriers.items() if len(tasks) >= SUPPORT)
    exposed = sorted(name for name, tasks in first.exposed.items() if len(tasks) >= SUPPORT)
    tests = [(name, factor, value) for name in carriers for factor, value in exposed]
    ps = [first.p(*test) for test in tests]
    found = []
    for test, p, q in zip(tests, ps, benjamini_hochberg(ps), strict=True):
        tasks = first.both.get(test, set())
        if len(tasks) < SUPPORT or q > Q:
            continue
        again = second.p(*test)
        if again <= REPLICATION_P and len(second.both.get(test, ())) >= REPLICATION_SUPPORT:
            margins = (len(first.carriers[test[0]]), len(first.exposed[test[1:]]), first.population)
            found.append(Pattern(*test, len(tasks), *margins, p, q, again, tuple(sorted(tasks))))
    return sorted(found, key=lambda item: (item.q, item.p, item.fingerprint, item.factor, item.value))


def hypergeometric_tail(k: int, population: int, marked: int, drawn: int) -> float:
    """P(X >= k) where X of `drawn` tasks carry the mark that `marked` of `population` carry."""
    low, high = max(0, marked + drawn - population), min(marked, drawn)
    if k <= low:
        return 1.0
    if k > high:
        return 0.0
    term = exp(_log_comb(marked, k) + _log_comb(population - marked, drawn - k) - _log_comb(population, drawn))
    total = term
    for i in range(k, high):
        term *= (marked - i) * (drawn - i) / ((i + 1) * (population - marked - drawn + i + 1))
        total += term
        if term < total * _NOTHING and (i + 1) * population > marked * drawn:  # past the peak: the rest is rounding
            break
    return min(1.0, total)


def benjamini_hochberg(ps: Sequence[float]) -> list[float]:
    """q of each p, in the same order (Benjamini and Hochberg 1995)."""
    qs = [1.0] * len(ps)
    lowest = 1.0
    for rank, place in sorted(enumerate(sorted(range(len(ps)), key=lambda i: ps[i]), start=1), reverse=True):
        lowest = min(lowest, ps[place] * len(ps) / rank)
        qs[place] = lowest
    return qs


def chance_above_half(failures: int, reruns: int) -> Fraction:
    """Exact P(failure rate > 1/2) after `failures` in `reruns`, from a Beta(1, 1) prior."""
    return Fraction(sum(comb(reruns + 1, k) for k in range(failures + 1)), 2 ** (reruns + 1))


def nature_of(failures: int, reruns: int) -> Nature:
    """Whether an error recurs. The failure that raised the alarm is not among the `reruns`."""
    chance = chance_above_half(failures, reruns)
    if chance >= Fraction(9, 10):
        return Nature.SYSTEMATIC
    return Nature.STOCHASTIC if chance <= Fraction(1, 10) else Nature.UNDECIDED


def rerun_again(failures: int, reruns: int) -> bool:
    """True while another re-run is worth it: undecided, and fewer than 6 so far."""
    return reruns < RERUNS and nature_of(failures, reruns) is Nature.UNDECIDED


def _counted(observations: Iterable[Observation]) -> _Part:
    population: set[str] = set()
    carriers: dict[str, set[str]] = {}
    exposed: dict[tuple[str, str], set[str]] = {}
    both: dict[tuple[str, str, str], set[str]] = {}
    for item in observations:
        population.add(item.task)
        for fingerprint in item.fingerprints:
            carriers.setdefault(fingerprint, set()).add(item.task)
        for factor, value in item.factors:
            exposed.setdefault((factor, value), set()).add(item.task)
            for fingerprint in item.fingerprints:
                both.setdefault((fingerprint, factor, value), set()).add(item.task)
    return _Part(len(population), carriers, exposed, both)


def _log_comb(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
