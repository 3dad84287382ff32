"""What the user says about an attribute, in canonical form, and the literal that it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.kit.errors import Invalid
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.ground import Cell, Ground
from services.offers.domain.configurator.problems import refused
from services.offers.domain.configurator.sat import Literal
from services.offers.domain.configurator.shapes import canonical_number

NO: Final = "false"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user said about one attribute: a value; of a multiple choice, an option wanted or not.

    `value` is an option's code, a number's canonical text, `true` or `false`, a text; empty: no value.
    """

    path: str
    value: str
    wanted: bool = True


def cell_of(ground: Ground, path: str) -> Cell:
    """The cell at a path.

    Raises:
        Invalid: ATTRIBUTE_UNKNOWN.
    """
    cell = ground.cells.get(path)
    if cell is None:
        raise refused("ATTRIBUTE_UNKNOWN", "path", value=str(path)[:80])
    return cell


def literal_of(cell: Cell, value: str, *, wanted: bool = True) -> Literal:
    """The literal of a value.

    Raises:
        Invalid: VALUE_UNKNOWN.
    """
    literal = cell.literals.get(value)
    if literal is None and cell.attribute.kind == m.BOOLEAN and value == NO:
        literal = -cell.literals[m.YES]
    if literal is None and value == "" and cell.absent:
        literal = cell.absent
    if literal is None and cell.attribute.kind in m.NUMBERS:
        try:
            literal = cell.literals.get(canonical_number(value))
        except Invalid:
            literal = None
    if literal is None or (not wanted and cell.attribute.kind != m.MULTIPLE):
        raise refused("VALUE_UNKNOWN", "value", value=str(value)[:80], attribute=cell.path)
    return literal if wanted else -literal


def read_choice(cell: Cell, value: str, *, wanted: bool = True) -> Choice:
    """A choice with its value in canonical form.

    Raises:
        Invalid: VALUE_UNKNOWN.
    """
    attribute = cell.attribute
    if not isinstance(value, str):
        raise refused("VALUE_UNKNOWN", "value", value=type(value).__name__, attribute=cell.path)
    if attribute.kind == m.TEXT:
        if len(value) > attribute.max_length or not wanted:
            raise refused("VALUE_UNKNOWN", "value", value=value[:80], attribute=cell.path)
        return Choice(cell.path, value)
    literal = literal_of(cell, value, wanted=wanted)
    if attribute.kind == m.BOOLEAN:
        return Choice(cell.path, m.YES if literal > 0 else NO)
    code = next((code for code, x in cell.literals.items() if x == abs(literal)), "")
    return Choice(cell.path, code, wanted)


def replaces(cell: Cell, new: Choice, old: Choice) -> bool:
    """Whether a choice takes the place of an earlier one."""
    if old.path != new.path:
        return False
    return cell.attribute.kind != m.MULTIPLE or old.value == new.value
