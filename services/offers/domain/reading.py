"""From what was typed to numbers: a whole revision read at once, with every mistake named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from services.kit.errors import Invalid
from services.kit.values import minor_units
from services.offers.domain.charges import Charge, ReadCharge, read_charge
from services.offers.domain.discounts import parse_cascade
from services.offers.domain.lines import ALTERNATIVE, Line, ReadLine, read_line
from services.offers.domain.problems import Problems

MAX_LINES: Final = 5000
MAX_CHARGES: Final = 500


@dataclass(frozen=True, slots=True)
class ReadRevision:
    """A revision with its numbers read. `factor` is what the header discounts leave, `places` the money's
    decimals.
    """

    lines: tuple[ReadLine, ...]
    factor: Decimal
    charges: tuple[ReadCharge, ...]
    currency: str
    places: int
    split_payment: bool = False


def read_revision(
    lines: Sequence[Line],
    header_discounts: str,
    charges: Sequence[Charge],
    currency: str,
    *,
    split_payment: bool = False,
) -> ReadRevision:
    """Read every number and word of a revision.

    Raises:
        Invalid: with a violation for each mistake, at `lines[i].field`, `charges[i].field` or
            `header_discounts`; REVISION_TOO_LONG, CURRENCY_UNKNOWN.
    """
    places = minor_units(currency)
    if len(lines) > MAX_LINES or len(charges) > MAX_CHARGES:
        raise Invalid("REVISION_TOO_LONG", params={"lines": str(MAX_LINES), "charges": str(MAX_CHARGES)})
    problems = Problems()
    read_lines = [read_line(position, line, places, problems) for position, line in enumerate(lines)]
    read_charges = [read_charge(position, charge, problems) for position, charge in enumerate(charges)]
    factor = Decimal(1)
    try:
        factor = parse_cascade(header_discounts).factor
    except Invalid as error:
        problems.add_error("header_discounts", error)
    _check_alternatives(lines, problems)
    served = _resolve(lines, [charge for charge in read_charges if charge], problems)
    problems.raise_if_any()
    return ReadRevision(
        tuple(line for line in read_lines if line), factor, served, currency, places, split_payment
    )


def _check_alternatives(lines: Sequence[Line], problems: Problems) -> None:
    chosen: set[str] = set()
    for position, line in enumerate(lines):
        if line.presence == ALTERNATIVE and line.selected and line.group:
            if line.group in chosen:
                problems.add(f"lines[{position}].selected", "ALTERNATIVE_CHOSEN_TWICE", group=line.group)
            chosen.add(line.group)


def _resolve(
    lines: Sequence[Line], charges: Sequence[ReadCharge], problems: Problems
) -> tuple[ReadCharge, ...]:
    """The charges with the ids of the lines that they serve turned into positions."""
    if not any(read.charge.serves for read in charges):
        return tuple(charges)
    by_id = _positions(lines, problems)
    resolved = []
    for read in charges:
        if not read.charge.serves:
            resolved.append(read)
            continue
        found = set()
        for line_id in read.charge.serves:
            if line_id in by_id:
                found.add(by_id[line_id])
            else:
                problems.add(
                    f"charges[{read.position}].serves", "CHARGE_SERVES_UNKNOWN_LINE", value=str(line_id)[:80]
                )
        resolved.append(replace(read, serves=frozenset(found)))
    return tuple(resolved)


def _positions(lines: Sequence[Line], problems: Problems) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, line in enumerate(lines):
        if line.id and line.id in found:
            problems.add(f"lines[{position}].id", "LINE_ID_REPEATED", value=line.id)
        found[line.id] = position
    found.pop("", None)
    return found
