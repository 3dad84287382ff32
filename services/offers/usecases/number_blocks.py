"""Blocks of numbers for devices: reserved from the series, and checked when a document brings a number."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import sqlalchemy as sa

from services.kit.company_time import company_date
from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, NotAllowedNow, Violation
from services.offers.domain.numbering import BLOCK_SIZE, SERIES, device_code, read_number
from services.offers.usecases.numbers import take_numbers

#: More than any device needs; who asks for more misuses the series.
_MOST_UNUSED: Final = 200


def prepare_number_block(uow: UnitOfWork, row: Row) -> None:
    """Check who reserves which numbers.

    Raises:
        NotAllowedNow: NUMBERS_NEED_DEVICE, NUMBERS_ENOUGH.
        Invalid: INVALID_FIELDS, UNKNOWN_VALUE (`series`), OUT_OF_RANGE (`year`: this one or the next).
    """
    block, device_id = row.values, uow.actor.device_id
    if device_id is None:
        raise NotAllowedNow("NUMBERS_NEED_DEVICE")
    year = company_date(uow.now).year
    if block["series"] not in SERIES:
        raise _wrong("series", "UNKNOWN_VALUE", f"one of {', '.join(SERIES)} is expected")
    if block["year"] not in (year, year + 1):
        raise _wrong("year", "OUT_OF_RANGE", f"{year} or {year + 1} is expected")
    block["device_id"] = str(device_id)
    # A user's device tells what it used; a second block before the first is empty is how it never runs dry.
    if _unused(uow, str(device_id), block["series"], block["year"]) >= _MOST_UNUSED:
        raise NotAllowedNow("NUMBERS_ENOUGH", params={"most": str(_MOST_UNUSED)})


def settle_number_block(uow: UnitOfWork, row: Row) -> None:
    """Take the next numbers, last of all: the series is locked from here to the commit."""
    block = row.values
    if not block["last"]:
        last = take_numbers(uow, block["series"], block["year"], BLOCK_SIZE)
        block["first"], block["last"] = last - BLOCK_SIZE + 1, last


def check_brought_number(uow: UnitOfWork, row: Row, *, series: str, date: str) -> None:
    """Check the number that a new document brings: from a block of its author's device, for the year of its
    date, or a provisional one of that device; and nobody has it.

    Raises:
        Invalid: DOCUMENT_NUMBER_MALFORMED, DOCUMENT_NUMBER_NOT_RESERVED, DOCUMENT_NUMBER_TAKEN.
    """
    text = row.values["number"]
    number = read_number(text)
    device_id = str(uow.actor.device_id or "")
    if number.device:
        reserved = bool(device_id) and number.device == device_code(device_id)
    else:
        in_its_year = number.year == int(date[:4])
        reserved = in_its_year and any(
            first <= number.number <= last for first, last in _blocks(uow, device_id, series, number.year)
        )
    if not reserved or number.series != series:
        raise Invalid("DOCUMENT_NUMBER_NOT_RESERVED", params={"value": text})
    table = uow.tables[row.entity.name]
    taken = sa.select(table.c.id).where(table.c.number == text, table.c.id != UUID(row.id))
    if uow.connection.execute(taken).first() is not None:
        raise Invalid("DOCUMENT_NUMBER_TAKEN", params={"value": text})


def _blocks(uow: UnitOfWork, device_id: str, series: str, year: int) -> list[tuple[int, int]]:
    if not device_id:
        return []
    table = uow.tables["offers.number_block"]
    query = sa.select(table.c.first, table.c.last).where(
        table.c.device_id == UUID(device_id), table.c.series == series, table.c.year == year
    )
    return [(first, last) for first, last in uow.connection.execute(query)]


def _unused(uow: UnitOfWork, device_id: str, series: str, year: int) -> int:
    blocks = _blocks(uow, device_id, series, year)
    offer = uow.tables["offers.offer"]
    prefix = f"{series}-{year}-"
    number = sa.cast(sa.func.substr(offer.c.number, len(prefix) + 1), sa.Integer)
    used = 0
    for first, last in blocks:
        query = sa.select(sa.func.count()).where(
            offer.c.number.like(f"{prefix}%"), number.between(first, last)
        )
        used += uow.connection.execute(query).scalar_one()
    return sum(last - first + 1 for first, last in blocks) - used


def _wrong(name: str, reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_FIELDS", violations=[Violation(name, reason, detail)])
