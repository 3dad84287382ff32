"""The names that formulas may speak of: the attributes of a module, and of the levels above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from services.offers.domain.configurator import model as m


@dataclass(frozen=True, slots=True)
class Named:
    """An attribute as formulas see it.

    `kind` is `choice`, `multiple`, `boolean`, `number`, `text` or `modules`; bounds are those of its number
    (of the count, for modules), of each figure in `figures`; `inner` is the scope of one module.
    """

    kind: str
    options: frozenset[str]
    low: Fraction
    high: Fraction
    figures: Mapping[str, tuple[Fraction, Fraction]]
    inner: Scope | None = None


class Scope(Protocol):
    """The names that mean something at one place of a model."""

    def named(self, code: str) -> Named | None:
        """An attribute of this very level."""

    def parent(self) -> Scope | None:
        """The level above; None at the top."""

    def total(self, figure: str) -> tuple[Fraction, Fraction] | None:
        """The bounds of a figure's total from here down; None: there is no such figure."""


class Level:
    """The names of one module, as formulas see them."""

    def __init__(self, figures: Mapping[str, m.Figure], parent: Level | None) -> None:
        self.attributes: dict[str, Named] = {}
        self.quantity = ""
        self._figures = figures
        self._parent = parent

    def named(self, code: str) -> Named | None:
        """See `formulas.Scope`."""
        return self.attributes.get(code)

    def parent(self) -> Scope | None:
        """See `formulas.Scope`."""
        return self._parent

    def total(self, figure: str) -> tuple[Fraction, Fraction] | None:
        """See `formulas.Scope`."""
        if figure not in self._figures:
            return None
        low = high = Fraction(0)
        for named in self.attributes.values():
            if isinstance(named.inner, Level):
                inner = named.inner.total(figure) or (Fraction(0), Fraction(0))
                times = named.high * max(Fraction(1), named.inner.most_equal())
                low += min(Fraction(0), inner[0] * times)
                high += max(Fraction(0), inner[1] * times)
            elif figure in named.figures:
                low += named.figures[figure][0]
                high += named.figures[figure][1]
        return low, high

    def most_equal(self) -> Fraction:
        """How many equal modules one of them can stand for."""
        named = self.attributes.get(self.quantity)
        return named.high if named else Fraction(1)


def named_as(attribute: m.Attribute, conditional: bool, inner: Level | None) -> Named:
    """What formulas may know of an attribute, with bounds that hold in every configuration."""
    absent = conditional or not attribute.required or attribute.kind == m.BOOLEAN
    zero = [Fraction(0)] if absent else []
    low = high = Fraction(0)
    if attribute.kind in m.NUMBERS and attribute.options:
        values = [Fraction(option.code) for option in attribute.options] + zero
        low, high = min(values), max(values)
    figures: dict[str, tuple[Fraction, Fraction]] = {}
    for code in {code for option in attribute.options for code in option.figures}:
        carried = [option.figures.get(code, Fraction(0)) for option in attribute.options]
        if attribute.kind == m.MULTIPLE:
            bounds = sum((x for x in carried if x < 0), Fraction(0)), sum(x for x in carried if x > 0)
            figures[code] = (bounds[0], Fraction(bounds[1]))
        else:
            figures[code] = (min(carried + zero), max(carried + zero))
    kind = "number" if attribute.kind in (m.INTEGER, m.DECIMAL) else attribute.kind
    options = frozenset(option.code for option in attribute.options)
    return Named(kind, options, low, high, figures, inner)
