"""What a measurement found: rows with value, target and limit, and whether every target is met."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure. `target`: what must hold (`<= 10`), empty: shown for comparison. `limit`: measured or published."""

    name: str
    value: float
    unit: str = ""
    target: str = ""
    limit: str = ""
    holds: bool = True


@dataclass(frozen=True)
class Report:
    """All rows of one measurement, and the command that repeats it."""

    rows: tuple[Row, ...]
    command: str

    @property
    def ok(self) -> bool:
        """True when every target is met."""
        return all(row.holds for row in self.rows)


def at_most(name: str, value: float, most: float, unit: str = "", limit: str = "") -> Row:
    """A row that holds when `value` is at most `most`."""
    return Row(name, value, unit, f"<= {most:g}", limit, value <= most)


def at_least(name: str, value: float, least: float, unit: str = "", limit: str = "") -> Row:
    """A row that holds when `value` is at least `least`."""
    return Row(name, value, unit, f">= {least:g}", limit, value >= least)
