"""What the validators found, and what it means: the verdict of one validation."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

LEVELS = {1: "syntax", 2: "static", 3: "unit", 4: "integration", 5: "property", 6: "mutation"}


@dataclass(frozen=True)
class Finding:
    """One fault that a validator saw. `decides`: it fails its level; otherwise it only advises.

    `code`: the validator's own structured code (`F821`, `assert`, `timeout`). `exception`: class name, or ''.
    `node`: the test, case or command concerned. `reproduce`: a command line a person can type. `line` from 1, 0 unknown.
    """

    validator: str
    level: int
    code: str
    message: str
    exception: str = ""
    path: str = ""
    line: int = 0
    excerpt: str = ""
    node: str = ""
    reproduce: str = ""
    decides: bool = True


@dataclass(frozen=True)
class LevelResult:
    """One level: did it run, did it pass, how many checks (tests, cases, commands) it made, how long it took."""

    level: int
    passed: bool
    checks: int
    duration_s: float
    validators: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """The outcome of one validation: passed or not, up to which level, with which sandbox."""

    passed: bool
    level: int
    sandbox: str
    levels: tuple[LevelResult, ...] = ()
    errors: int = 0
    advice: int = 0

    @property
    def tests(self) -> int:
        """How many tests and cases ran at level 3."""
        return sum(result.checks for result in self.levels if result.level == 3)

    def label(self) -> str:
        """`level 3, 4 tests` or `level 2, no tests ran`, and the sandbox when it was weaker than `container`."""
        tests = f"{self.tests} test{'' if self.tests == 1 else 's'}" if self.tests else "no tests ran"
        weak = "" if self.sandbox in ("full", "container") else f", sandbox {self.sandbox}"
        return f"level {self.level}, {tests}{weak}"

    def to_data(self) -> dict[str, Any]:
        """As the schemas have it."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Verdict":
        """Read back what `to_data` wrote."""
        levels = tuple(
            LevelResult(**{**item, "validators": tuple(item["validators"])}) for item in data.get("levels", ())
        )
        return cls(**{**data, "levels": levels})


def verdict_of(levels: Sequence[LevelResult], findings: Sequence[Finding], asked: int, sandbox: str) -> Verdict:
    """Passed when every level up to the one asked for ran and passed; `level` is the last before the first that failed."""
    failed = min((result.level for result in levels if not result.passed), default=None)
    level = max((result.level for result in levels if failed is None or result.level < failed), default=0)
    return Verdict(
        passed=failed is None and level >= asked,
        level=level,
        sandbox=sandbox,
        levels=tuple(levels),
        errors=sum(finding.decides for finding in findings),
        advice=sum(not finding.decides for finding in findings),
    )
