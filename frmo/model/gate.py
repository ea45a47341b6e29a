"""The gate: from the pairs of a trial to its verdict. One pure function, exact rationals only (GATE, "Statistic")."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from frmo.model.alpha import threshold
from frmo.model.evalue import e_value
from frmo.model.guard import canary_lost, cost_over, harms, prompt_over
from frmo.model.pair import Pair, score, settled
from frmo.model.registration import Registration
from frmo.model.trial import Canary, Ending, Trial, TrialVerdict

FUTILE_FROM = 10


@dataclass(frozen=True)
class Tally:
    """Counts after some pairs: endpoint (b, c), overall endpoint, against the placebo, and the costs of both arms."""

    b: int = 0
    c: int = 0
    overall_b: int = 0
    overall_c: int = 0
    placebo_b: int = 0
    placebo_c: int = 0
    pairs: int = 0
    costs: tuple[tuple[Fraction, Fraction], ...] = ()

    def after(self, pair: Pair, registration: Registration) -> "Tally":
        """The counts with one more pair that counts."""
        here, overall = score(pair, registration.target), score(pair, None)
        placebo = score(pair, registration.target, against="placebo") if registration.placebo else 0
        return replace(
            self,
            b=self.b + (here > 0),
            c=self.c + (here < 0),
            overall_b=self.overall_b + (overall > 0),
            overall_c=self.overall_c + (overall < 0),
            placebo_b=self.placebo_b + (placebo > 0),
            placebo_c=self.placebo_c + (placebo < 0),
            pairs=self.pairs + 1,
            costs=self.costs + _costs(pair),
        )


def decide(trial: Trial, pairs: Iterable[Pair]) -> TrialVerdict:
    """The verdict of `trial` (whose recorded verdict is not looked at) over `pairs`, given in any order.

    Pairs count in the trial's order, up to the first task that has none settled or to the end; what lies past the end
    changes nothing. WAITING while there is no end.
    """
    registration = trial.registration
    tally = Tally()
    if blocked := _blocked_before(registration, trial.canaries):
        return _verdict(tally, registration, Ending.BLOCKED, blocked)
    rows = by_task(pairs)
    for name in trial.order:
        pair = settled(rows.get(name, ()))
        if pair is None:
            break
        tally = tally.after(pair, registration)
        ending, blocked = _ending(tally, registration)
        if ending is not Ending.WAITING:
            return _verdict(tally, registration, ending, blocked)
    return _verdict(tally, registration, Ending.WAITING)


def counted(trial: Trial, pairs: Iterable[Pair]) -> tuple[list[Pair], list[Pair]]:
    """`pairs` as `pairs.jsonl` holds them (in the trial's order, void rows before the one that counts), and the extra."""
    listed = list(pairs)
    rows = by_task(listed)
    kept: list[Pair] = []
    for name in trial.order[: decide(trial, listed).pairs]:
        last = settled(rows[name])
        assert last is not None
        kept += [row for row in rows[name] if row.attempt < last.attempt] + [last]
    return kept, [pair for pair in listed if not any(pair is row for row in kept)]


def by_task(pairs: Iterable[Pair]) -> Mapping[str, Sequence[Pair]]:
    """Rows per task, earlier attempts first."""
    rows: dict[str, list[Pair]] = {}
    for pair in pairs:
        rows.setdefault(pair.task, []).append(pair)
    return {name: sorted(group, key=lambda row: row.attempt) for name, group in rows.items()}


def stale(registration: Registration, protocols_tree: str) -> bool:
    """True when the protocols on main are no longer those of the trial's base: a win then does not merge."""
    return registration.baseline.tree != protocols_tree


def _blocked_before(registration: Registration, canaries: Iterable[Canary]) -> str:
    baseline, candidate = registration.prompt_tokens
    if prompt_over(baseline, candidate, registration.cap):
        return f"prompt tokens {baseline} -> {candidate}"
    return next((f"canary {canary.task}" for canary in canaries if canary_lost(canary)), "")


def _ending(tally: Tally, registration: Registration) -> tuple[Ending, str]:
    if harms(tally.overall_b, tally.overall_c):
        return Ending.BLOCKED, "overall endpoint"
    if _won(tally, registration):
        over = cost_over(tally.costs, registration.cap)
        return (Ending.BLOCKED, "measured cost") if over else (Ending.WIN, "")
    if tally.b + tally.c >= FUTILE_FROM and tally.b <= tally.c:
        return Ending.FUTILE, ""
    return (Ending.INCONCLUSIVE if tally.pairs >= registration.n_max else Ending.WAITING), ""


def _won(tally: Tally, registration: Registration) -> bool:
    needed = threshold(registration.t, registration.won_before, registration.alpha)
    beats_placebo = not registration.placebo or e_value(tally.placebo_b, tally.placebo_c) >= needed
    return e_value(tally.b, tally.c) >= needed and beats_placebo


def _verdict(tally: Tally, registration: Registration, ending: Ending, blocked_by: str = "") -> TrialVerdict:
    placebo = e_value(tally.placebo_b, tally.placebo_c) if registration.placebo else None
    return TrialVerdict(ending, tally.b, tally.c, tally.pairs, e_value(tally.b, tally.c), placebo, blocked_by)


def _costs(pair: Pair) -> tuple[tuple[Fraction, Fraction], ...]:
    if pair.void or pair.baseline is None or pair.candidate is None:
        return ()
    return ((Fraction(pair.baseline.cost_usd), Fraction(pair.candidate.cost_usd)),)
