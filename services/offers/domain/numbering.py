"""Numbers of documents: OFF-2026-00123 from a series, OFF-P-7K3Q9MTZ-001 where a device had no block left.

A device without a block gives provisional numbers of its own: made of its id, so that no two devices ever
give the same one. Such a number is printed and stays for ever.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from services.kit.errors import Invalid

OFFERS: Final = "OFF"
SERIES: Final = (OFFERS,)
BLOCK_SIZE: Final = 20

#: Crockford's digits: none that looks like another.
_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FINAL: Final = re.compile(r"([A-Z]{2,5})-(\d{4})-(0\d{4}|[1-9]\d{4,8})")
_PROVISIONAL: Final = re.compile(r"([A-Z]{2,5})-P-([0-9A-HJKMNP-TV-Z]{8})-(0\d{2}|[1-9]\d{2,6})")


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A number, read. `year` is 0 and `device` not empty for a provisional one."""

    series: str
    year: int
    number: int
    device: str = ""


def final_number(series: str, year: int, number: int) -> str:
    """The number of a document in a series' year."""
    return f"{series}-{year}-{number:05d}"


def provisional_number(series: str, device_id: str, number: int) -> str:
    """The `number`th provisional number that a device gives."""
    return f"{series}-P-{device_code(device_id)}-{number:03d}"


def device_code(device_id: str) -> str:
    """Eight digits from the random end of a device's id."""
    bits = int(device_id[-10:], 16)
    return "".join(_DIGITS[bits >> 5 * place & 31] for place in reversed(range(8)))


def read_number(text: str) -> DocumentNumber:
    """Read a number that a device gave.

    Raises:
        Invalid: DOCUMENT_NUMBER_MALFORMED.
    """
    final = _FINAL.fullmatch(text)
    if final is not None and int(final[3]):
        return DocumentNumber(final[1], int(final[2]), int(final[3]))
    provisional = _PROVISIONAL.fullmatch(text)
    if provisional is not None and int(provisional[3]):
        return DocumentNumber(provisional[1], 0, int(provisional[3]), provisional[2])
    raise Invalid("DOCUMENT_NUMBER_MALFORMED", params={"value": text[:40]})
