"""A model as clauses and sums: what a SAT solver works with, and how its literals are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from services.offers.domain.configurator import formulas as f
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.sat import Literal, SumRule

TRUE: Final = 1
"""The literal that is always true."""

NO_VALUE: Final = ""
STRUCTURE: Final = -1
"""The owner of clauses that belong to no rule: a choice has one value."""


@dataclass(slots=True)
class Cell:
    """One attribute at one place: `line[2].kind`.

    `literals` by option code; a yes/no has `true` only. `absent` is the literal of having no value; 0 for
    attributes that always have one, or that are sets. `active` says when it is asked.
    """

    path: str
    attribute: m.Attribute
    place: Place
    literals: dict[str, Literal] = field(default_factory=dict)
    absent: Literal = 0
    active: Literal = TRUE

    @property
    def exclusive(self) -> bool:
        """Whether exactly one of its literals is true (not so for yes/no, multiple choice and text)."""
        return self.attribute.kind in (m.CHOICE, *m.NUMBERS)

    def all(self) -> list[Literal]:
        """The literals of which exactly one is true."""
        if self.attribute.kind == m.BOOLEAN:
            literal = self.literals[m.YES]
            return [literal, -literal]
        return [*self.literals.values(), self.absent] if self.absent else list(self.literals.values())


@dataclass(slots=True)
class Place:
    """The machine, or one module that may exist in it."""

    module: m.Module
    prefix: str
    parent: Place | None = None
    exists: Literal = TRUE
    cells: dict[str, Cell] = field(default_factory=dict)
    modules: dict[str, list[Place]] = field(default_factory=dict)
    following: Place | None = None

    def walk(self) -> Iterator[Place]:
        """This place and all below it, in the order of the model."""
        yield self
        for places in self.modules.values():
            for place in places:
                yield from place.walk()


@dataclass(slots=True)
class Ground:
    """A model as clauses and sums. Variables up to `shown` are options, the others are means to an end."""

    model: m.Model
    machine: Place
    cells: dict[str, Cell]
    rules: list[m.Rule]
    clauses: list[tuple[list[Literal], int]]
    sums: list[SumRule]
    variables: int
    shown: int
    option_of: dict[int, tuple[Cell, str]]
    totals: dict[str, SumRule]
    broken: dict[int, Literal] = field(default_factory=dict)
    """For the publishing check: by rule, a literal that is true exactly when the rule is broken."""


def cell_at(ref: f.Ref, place: Place) -> Cell:
    """The cell that a formula at a place speaks of."""
    at: Place | None = place
    for _ in range(ref.up):
        at = at.parent if at else None
    if ref.beside and at is not None:
        at = at.following
    if at is None:
        raise AssertionError("names are checked when the model is read")
    return at.cells[ref.code]


def places_at(ref: f.Ref, place: Place) -> list[Place]:
    """The modules that could exist in a slot that a formula at a place speaks of."""
    cell = cell_at(ref, place)
    return cell.place.modules[cell.attribute.code]
