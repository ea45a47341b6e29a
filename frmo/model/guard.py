"""What blocks a trial that would win: harm elsewhere, a lost canary, a longer prompt, a higher bill (GATE, "Guards")."""

from collections.abc import Sequence
from fractions import Fraction

from frmo.model.evalue import e_value
from frmo.model.trial import Canary

HARM = 5
CANARY_RUNS = 3
# Student's t, 95 % one-sided, by degrees of freedom; the next smaller entry serves for those between (safe side).
_T95 = {1: "6.3138", 2: "2.92", 3: "2.3534", 4: "2.1319", 5: "2.0151", 6: "1.9432", 7: "1.8946", 8: "1.8596",
        9: "1.8332", 10: "1.8125", 12: "1.7823", 15: "1.7531", 20: "1.7248", 30: "1.6973", 60: "1.6707"}  # fmt: skip


def harms(b: int, c: int) -> bool:
    """True when the candidate is shown to be worse on the overall endpoint: E(c, b) >= 5."""
    return e_value(c, b) >= HARM


def canary_lost(canary: Canary) -> bool:
    """True when the task passed 3 of 3 with the baseline and failed 3 of 3 with the candidate."""
    baseline = [outcome.passed for outcome in canary.baseline]
    candidate = [outcome.passed for outcome in canary.candidate]
    return baseline == [True] * CANARY_RUNS and candidate == [False] * CANARY_RUNS


def canary_known(canary: Canary) -> bool:
    """True when no further run could change whether the canary is lost."""
    return (
        len(canary.baseline) == len(canary.candidate) == CANARY_RUNS
        or any(not outcome.passed for outcome in canary.baseline)
        or any(outcome.passed for outcome in canary.candidate)
    )


def prompt_over(baseline: int, candidate: int, cap: Fraction) -> bool:
    """True when the candidate's prompt (counted tokens) is longer than the baseline's by more than `cap`."""
    return candidate > baseline * (1 + cap)


def cost_over(costs: Sequence[tuple[Fraction, Fraction]], cap: Fraction) -> bool:
    """True when the bound on the added cost is above `cap`. `costs`: (baseline, candidate) per pair, in USD.

    The one-sided 95 % lower bound (Student's t) of the mean of candidate - (1 + cap) * baseline is above zero. Measured
    costs vary, so a mean above the cap is no reason yet. Squared, to stay with exact rationals.
    """
    above = [candidate - baseline * (1 + cap) for baseline, candidate in costs]
    n, total = len(above), sum(above, Fraction(0))
    if n < 2 or total <= 0:
        return False
    variance = (sum((x * x for x in above), Fraction(0)) - total * total / n) / (n - 1)
    quantile = Fraction(_T95[max(df for df in _T95 if df <= n - 1)])
    return total * total > quantile * quantile * variance * n
