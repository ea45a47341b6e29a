"""Hypothesis as an engine: one property tried on generated arguments, and the smallest that break it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import FlakyFailure, Unsatisfiable
from hypothesis.strategies import SearchStrategy

from frmo.validators.values import Value

Arguments = tuple[Value, ...]
Fault = tuple[str, str]
# Says what is wrong for some arguments, code and message; None when nothing is.
Attempt = Callable[[Arguments], Fault | None]


@dataclass(frozen=True)
class Budget:
    """`examples`: inputs tried. `seconds`: after these no further input is tried, shrinking included."""

    examples: int = 150
    seconds: float = 10.0


@dataclass(frozen=True)
class Broken:
    """The smallest arguments found that break a property, and how."""

    args: Arguments
    code: str
    message: str


class _Found(Exception):
    """An input broke the property; Hypothesis looks for a smaller one."""


def search(attempt: Attempt, inputs: "SearchStrategy[Arguments]", budget: Budget) -> Broken | None:
    """The same inputs each time: nothing is drawn by chance or kept in a database."""
    until = time.monotonic() + budget.seconds
    last: list[Broken] = []

    @seed(0)
    @settings(
        max_examples=budget.examples, database=None, deadline=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink), report_multiple_bugs=False, print_blob=False,
    )  # fmt: skip
    @given(inputs)
    def tried(args: Arguments) -> None:
        if time.monotonic() < until:
            fault = attempt(args)
            if fault and (not last or fault[0] == last[0].code):
                last[:] = [Broken(args, *fault)]
                raise _Found

    try:
        tried()
    except (_Found, FlakyFailure):
        # Flaky: what broke it once did not again, or time was up while shrinking; what was seen stays seen.
        return last[0]
    except Unsatisfiable:
        return None
    return None


def sampled(inputs: "SearchStrategy[Arguments]", count: int) -> list[Arguments]:
    """The first inputs that a search would try."""
    found: list[Arguments] = []

    def attempt(args: Arguments) -> None:
        found.append(args)

    search(attempt, inputs, Budget(count))
    return found
