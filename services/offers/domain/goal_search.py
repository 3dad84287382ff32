"""Finding the most even change that reaches a goal exactly.

A figure of the offer is almost a linear function of the sums of the free classes; rounding makes it jump by a
few cents. So the exact answers lie close to one point: where the same percentage off every class crosses the
goal. The search enumerates whole-cent changes around it by branch and bound, most even first (Schnorr and
Euchner 1994, as for closest lattice points): all classes but the largest are chosen, the largest is then
solved from the straight line and its neighbours are priced. A branch whose lower bound exceeds the best
answer holds no better one. After a fixed number of priced candidates the search stops: its answer is then
exact, but not proven to be the most even.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from typing import Final

from services.offers.domain.goal_model import GoalModel

CANDIDATES: Final = 4000
CANDIDATES_BY_LINE: Final = 60
SCANNED: Final = 64
_Changes = tuple[int, ...]
Measure = tuple[Fraction, Fraction]
_NONE: Final = Fraction(0)


@dataclass(slots=True)
class Found:
    """What a search found. `exact` reaches the goal with the least `measure`; `near` comes nearest to the
    goal.

    `least`: nothing of a smaller measure reaches the goal. `exhausted`: nothing at all does, if `exact` is
    None.
    """

    exact: _Changes | None = None
    measure: Measure = (_NONE, _NONE)
    near: _Changes | None = None
    distance: tuple[int, Measure] = (0, (_NONE, _NONE))
    least: bool = True
    exhausted: bool = True


@dataclass(frozen=True, slots=True)
class _Branch:
    """A choice of the first classes. `left` is what the others have to add on the straight line.

    `squares`, `moved` and `weight` are the sums of weight x change**2 / amount, weight x change and weight x
    amount over the chosen classes.
    """

    changes: _Changes
    left: Fraction
    squares: Fraction
    moved: Fraction
    weight: Fraction

    @property
    def measure(self) -> Measure:
        """How far the chosen changes stray from one common percentage, then how large they are together.

        First: the least sum of weight x (change - k x amount)**2 / amount over all k, which the weighted
        change over the weighted amount gives. Second: the absolute weighted change.
        """
        return self.squares - self.moved * self.moved / self.weight, abs(self.moved)


_ROOT: Final = _Branch((), _NONE, _NONE, _NONE, _NONE)


def unevenness(changes: Sequence[int], amounts: Sequence[int], weights: Sequence[Fraction]) -> Measure:
    """The measure of a change of every class."""
    branch = _ROOT
    for change, amount, weight in zip(changes, amounts, weights, strict=True):
        branch = _grown(branch, change, amount, weight, _NONE)
    return branch.measure


def _grown(branch: _Branch, change: int, amount: int, weight: Fraction, slope: Fraction) -> _Branch:
    return _Branch(
        changes=(*branch.changes, change),
        left=branch.left - slope * change,
        squares=branch.squares + weight * change * change / amount,
        moved=branch.moved + weight * change,
        weight=branch.weight + weight * amount,
    )


class GoalSearch:
    """One search for `target` (minor units), on a model with at least one free class."""

    def __init__(self, model: GoalModel, target: int) -> None:
        self.model = model
        self.target = target
        self.found = Found()
        self.by_sums = not model.by_line or model.apart
        self.limit = CANDIDATES if self.by_sums else CANDIDATES_BY_LINE
        self._low = tuple(sum(item.low) for item in model.classes)
        self._high = tuple(sum(item.high) for item in model.classes)
        self._amounts = [item.total for item in model.classes]
        self._weights = [Fraction(item.weight) for item in model.classes]
        self._recorded: set[_Changes] = set()

    def run(self) -> Found:
        """Search until nothing better can exist, or the limit is reached."""
        self._figure((0,) * len(self._amounts))
        center = self._center()
        self._slopes = [self._slope(center, index) for index in range(len(center))]
        self._ahead, self._reach = self._beyond()
        self._slack = 3 + len(self.model.classes) + 2 * len(self.model.read.charges)
        figure = self._figure(center)
        gap = 0 if figure is None else self.target - figure
        line = sum((slope * at for slope, at in zip(self._slopes, center, strict=True)), Fraction(gap))
        self._walk(replace(_ROOT, left=line))
        if len(self._amounts) > 1:
            self.found.exhausted = False
        if not self.by_sums:
            self.found.least = self.found.exhausted = False
        return self.found

    # ---- the straight line through all classes, and where it crosses the goal

    def _center(self) -> _Changes:
        """The proportional change of all classes that comes nearest to the goal from below."""
        total = sum(self._amounts)

        def at(step: int) -> _Changes:
            return tuple(
                min(max(step * amount // total, low), high)
                for amount, low, high in zip(self._amounts, self._low, self._high, strict=True)
            )

        return at(_last_not_above(lambda step: self.model.rough_at(at(step)), self.target, sum(self._high)))

    def _slope(self, center: _Changes, index: int) -> Fraction:
        """What one unit of a class adds to the figure around `center`; never less than a thousandth."""
        step = max(200, self._amounts[index] // 50)
        here = self.model.rough_at(center)
        there = self.model.rough_at((*center[:index], center[index] + step, *center[index + 1 :]))
        if here is None or there is None:
            return self._weights[index]
        return max(Fraction(there - here, step), Fraction(1, 1000))

    def _beyond(self) -> tuple[list[Fraction], list[Fraction]]:
        """From each class on: how far the figure moves per common percentage, and per unit of measure."""
        ahead, reach = [_NONE], [_NONE]
        rows = zip(self._slopes, self._amounts, self._weights, strict=True)
        for slope, amount, weight in reversed(list(rows)):
            ahead.append(ahead[-1] + slope * amount)
            reach.append(reach[-1] + slope * slope * amount / weight)
        return ahead[::-1], reach[::-1]

    # ---- branch and bound

    def _walk(self, branch: _Branch) -> None:
        index = len(branch.changes)
        if index == len(self._amounts) - 1:
            self._solve_last(branch)
            return
        ideal = round(branch.left * self._amounts[index] / self._ahead[index])
        for change in self._outwards(index, ideal, lambda at: self._bound(self._chosen(branch, at))):
            self._walk(self._chosen(branch, change))
            if self._tired():
                return

    def _chosen(self, branch: _Branch, change: int) -> _Branch:
        index = len(branch.changes)
        return _grown(branch, change, self._amounts[index], self._weights[index], self._slopes[index])

    def _bound(self, branch: _Branch) -> Fraction:
        """No answer below this branch is more even.

        The chosen classes stray from their own common percentage; the others could all have the one
        percentage that brings them, within the slack of rounding, to what is left; the two percentages meet
        by their weights.
        """
        index = len(branch.changes)
        ahead, reach = self._ahead[index], self._reach[index]
        own = branch.moved / branch.weight
        off = max(_NONE, abs(branch.left - own * ahead) - self._slack) / ahead
        pull = ahead * ahead / reach
        return branch.measure[0] + branch.weight * pull / (branch.weight + pull) * off * off

    def _outwards(self, index: int, start: int, bound: Callable[[int], Fraction]) -> Iterator[int]:
        """Whole numbers from `start` outwards, each side until its bound rises above the best answer."""
        start = min(max(start, self._low[index]), self._high[index])
        yield start
        sides = [(start + 1, 1, bound(start)), (start - 1, -1, bound(start))]
        for count in range(SCANNED * SCANNED):
            if not sides or (self.found.exact is None and count > SCANNED):
                return
            at, step, before = sides.pop(0)
            if not self._low[index] <= at <= self._high[index]:
                continue
            now = bound(at)
            if self.found.exact is not None and now > self.found.measure[0] and now >= before:
                continue
            yield at
            sides.append((at + step, step, now))
        self.found.least = False

    def _solve_last(self, branch: _Branch) -> None:
        """Price the values of the last class around the straight line's answer."""
        index = len(branch.changes)
        slope = self._slopes[index]
        middle = self._corrected(branch.changes, branch.left / slope, slope)
        first = max(ceil(middle - self._slack / slope), self._low[index])
        last = min(floor(middle + self._slack / slope), self._high[index])
        if last - first > 2 * SCANNED:
            first, last = max(first, floor(middle) - SCANNED), min(last, ceil(middle) + SCANNED)
            self.found.least = self.found.exhausted = False
        for change in sorted(range(first, last + 1), key=lambda at: abs(at - middle)):
            if self._tired():
                return
            chosen = self._chosen(branch, change)
            if self.found.exact is None or chosen.measure <= self.found.measure:
                self._figure(chosen.changes)

    def _corrected(self, prefix: _Changes, middle: Fraction, slope: Fraction) -> Fraction:
        """The straight line's answer, moved to where the figure really crosses the goal."""
        index = len(prefix)
        for _ in range(8):
            at = min(max(round(middle), self._low[index]), self._high[index])
            figure = self._figure((*prefix, at))
            if figure is None or abs(figure - self.target) <= self._slack:
                break
            middle = at + (self.target - figure) / slope
        return middle

    # ---- candidates

    def _measure(self, changes: _Changes) -> Measure:
        return unevenness(changes, self._amounts, self._weights)

    def _figure(self, changes: _Changes) -> int | None:
        figure = self.model.figure_at(changes)
        if figure is not None and changes not in self._recorded:
            self._recorded.add(changes)
            self._record(changes, figure)
        return figure

    def _record(self, changes: _Changes, figure: int) -> None:
        found, gap = self.found, abs(figure - self.target)
        measure = self._measure(changes)
        if found.near is None or self._precedes(changes, (gap, measure), found.near, found.distance):
            found.near, found.distance = changes, (gap, measure)
        if gap:
            return
        if found.exact is None or self._precedes(changes, (0, measure), found.exact, (0, found.measure)):
            found.exact, found.measure = changes, measure

    def _precedes(
        self, changes: _Changes, key: tuple[int, Measure], best: _Changes, best_key: tuple[int, Measure]
    ) -> bool:
        """Whether a change is to be preferred; where the classes are equally even, by their lines."""
        if key != best_key:
            return key < best_key
        return self.model.unevenness_of_lines(changes) < self.model.unevenness_of_lines(best)

    def _tired(self) -> bool:
        if self.model.priced < self.limit:
            return False
        self.found.least = self.found.exhausted = False
        return True


def _last_not_above(figure: Callable[[int], int | None], target: int, most: int) -> int:
    """The last step whose figure is not above the target, for a figure that rises with the step."""

    def fits(step: int) -> bool:
        found = figure(step)
        return found is None or found <= target

    low, high = 0, 0
    width = 1 << 10
    if fits(0):
        while high < most and fits(high + width):
            high += width
            width *= 4
        low, high = high, high + width
    else:
        while not fits(low - width) and low - width > -(1 << 80):
            low -= width
            width *= 4
        low, high = low - width, low
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
