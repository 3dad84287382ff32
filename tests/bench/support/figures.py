"""What was measured, what was wished for, and whether the two meet."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit for one measure of a figure."""

    measure: str
    limit: float
    at_least: bool = False

    @property
    def text(self) -> str:
        """The goal as people write it: `>= 60`."""
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"

    def met_by(self, value: float) -> bool:
        """True if the value is on the right side of the limit, or on it."""
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. The name of each measure ends with its unit: `p50_ms`, `per_s`."""

    name: str
    values: Mapping[str, float]
    #: Lowest and highest of the repeats, for measures that were repeated.
    spread: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    goals: Sequence[Goal] = ()
    note: str = ""

    def as_json(self) -> dict[str, object]:
        """The figure for the file, each goal with its verdict."""
        return {
            "name": self.name,
            "values": dict(self.values),
            "spread": {name: list(both) for name, both in self.spread.items()},
            "goals": [
                {
                    "measure": goal.measure,
                    "goal": goal.text,
                    "measured": self.values[goal.measure],
                    "met": goal.met_by(self.values[goal.measure]),
                }
                for goal in self.goals
            ],
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same measure, several times."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """The value in the middle."""
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest value."""
        return min(self.values), max(self.values)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The value that `percent` of the ordered values do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]
