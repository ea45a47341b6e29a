"""The headline claim: more than 20 % fewer errors, on a sealed set, once (GATE, "The headline claim")."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

KEEP = Fraction(4, 5)
LAMBDAS = (Fraction(1, 5), Fraction(2, 5), Fraction(3, 5), Fraction(4, 5))
CLAIM_AT = 20
TASKS = 200
FAIL_RATE = (Fraction(1, 2), Fraction(4, 5))


@dataclass(frozen=True)
class Claim:
    """`claimed`: the claim may be made. `against`: why it may not be made whatever `e` is; empty when e alone decides."""

    claimed: bool
    e: Fraction
    tasks: int
    baseline_errors: int
    candidate_errors: int
    against: tuple[str, ...] = ()


def headline_e(errors: Sequence[tuple[bool, bool]]) -> Fraction:
    """Exact e-value of "the candidate makes at least 0.8 times the baseline's errors". `errors`: (baseline, candidate).

    Per task z = 0.8 * baseline_error - candidate_error >= -1; the mean over lambda in {.2, .4, .6, .8} of
    prod(1 + lambda * z). Its mean under the hypothesis is at most 1, in whatever order the tasks come.
    """
    products = [Fraction(1)] * len(LAMBDAS)
    for baseline, candidate in errors:
        z = KEEP * baseline - int(candidate)
        products = [product * (1 + weight * z) for product, weight in zip(products, LAMBDAS, strict=True)]
    return sum(products, Fraction(0)) / len(products)


def headline(errors: Sequence[tuple[bool, bool]], sealed_set: str, used: Collection[str] = ()) -> Claim:
    """The claim over a sealed set (its digest; `used`: those already spent). Computed once, after the last task."""
    baseline = sum(first for first, _ in errors)
    against = []
    if sealed_set in used:
        against.append("this sealed set has served for a claim before")
    if len(errors) < TASKS:
        against.append(f"{len(errors)} tasks; at least {TASKS} are needed")
    if errors and not FAIL_RATE[0] <= Fraction(baseline, len(errors)) <= FAIL_RATE[1]:
        against.append("the baseline's fail rate is not between .5 and .8")
    e = headline_e(errors)
    return Claim(
        claimed=not against and e >= CLAIM_AT,
        e=e,
        tasks=len(errors),
        baseline_errors=baseline,
        candidate_errors=sum(second for _, second in errors),
        against=tuple(against),
    )
