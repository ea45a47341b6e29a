"""How much evidence the next trial needs: the error budget spent over many proposals (e-LOND; GATE, "Statistic").

gamma_t = t^-1.6 / zeta(1.6) is irrational. It is rounded *down* to 18 decimals by integer arithmetic alone, so that every
machine asks for the same evidence, and never for less than the formula does.
"""

from fractions import Fraction
from functools import cache

ALPHA = Fraction(1, 10)
ZETA_UPPER = Fraction(2_285_765_665_681, 10**12)  # zeta(1.6) = 2.285765665680129..., rounded up
_GRID = 10**18


@cache
def gamma(t: int) -> Fraction:
    """Share of the error budget that trial number `t` (from 1) gets: t^-1.6 / zeta(1.6), down to 18 decimals.

    With x the share, x^5 = 1 / (t^8 * zeta^5): one integer fifth root gives the digits exactly.
    """
    if t < 1:
        raise ValueError(f"trials count from 1, not {t}")
    zeta = ZETA_UPPER
    return Fraction(_fifth_root(_GRID**5 * zeta.denominator**5 // (t**8 * zeta.numerator**5)), _GRID)


def alpha_of(t: int, won_before: int, alpha: Fraction = ALPHA) -> Fraction:
    """alpha_t = alpha * gamma_t * (R + 1), with R = `won_before` trials won before this one was registered."""
    if won_before < 0 or won_before >= t:
        raise ValueError(f"{won_before} trials can't have been won before trial {t}")
    return alpha * gamma(t) * (won_before + 1)


def threshold(t: int, won_before: int, alpha: Fraction = ALPHA) -> Fraction:
    """The e-value at which trial `t` wins: 1 / alpha_t. Raises OverflowError when alpha_t has no digits left."""
    level = alpha_of(t, won_before, alpha)
    if not level:
        raise OverflowError(f"no error budget is left for trial {t}")
    return 1 / level


def _fifth_root(number: int) -> int:
    """Largest whole x with x^5 <= number."""
    low, high = 0, 1 << (number.bit_length() // 5 + 1)
    while high - low > 1:
        middle = (low + high) // 2
        if middle**5 <= number:
            low = middle
        else:
            high = middle
    return low
