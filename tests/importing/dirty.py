"""Files of customers as ERPs and spreadsheets give them away: generated, the same for the same seed."""

from __future__ import annotations

import csv
import random
from pathlib import Path

_KINDS = ("Officine", "Carpenteria", "Meccanica", "Torneria", "Stampi", "Lamiere", "Fonderia", "Impianti")
_NAMES = (
    "Rossi",
    "Bianchi",
    "Esposito",
    "Ferrari",
    "Colombo",
    "Gallo",
    "Conti",
    "Moretti",
    "Barbieri",
    "Greco",
)
_FORMS = ("S.r.l.", "S.p.A.", "S.n.c.", "& C. S.a.s.")
_PLACES = (
    ("Verona", "VR", "37100"),
    ("Modena", "MO", "41100"),
    ("Torino", "TO", "10100"),
    ("Bari", "BA", "70100"),
    ("Brescia", "BS", "25100"),
)
HEADERS = ["Ragione sociale", "Partita IVA", "Indirizzo", "CAP", "Città", "Prov", "Telefono", "E-mail"]


def vat_number(number: int) -> str:
    """Return the partita IVA of a serial number, with its check digit (Luhn)."""
    digits = f"{number:07}003"
    total = 0
    for position, digit in enumerate(map(int, digits)):
        doubled = digit * 2 if position % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return f"{digits}{-total % 10}"


def customer(number: int, draw: random.Random) -> list[str]:
    """Return one line."""
    name = f"{draw.choice(_KINDS)} {draw.choice(_NAMES)} {number} {draw.choice(_FORMS)}"
    city, province, postal_code = draw.choice(_PLACES)
    street = f"Via {draw.choice(_NAMES)} {draw.randrange(1, 200)}"
    phone = f"045 {draw.randrange(1000000, 9999999)}"
    return [name, vat_number(number), street, postal_code, city, province, phone, f"info@c{number}.example"]


def write_customers(path: Path, count: int, *, first: int = 1, seed: int = 1) -> None:
    """Write a file of good customers, as Italian spreadsheets do: semicolons, decimal commas elsewhere."""
    draw = random.Random(seed)
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADERS)
        writer.writerows(customer(number, draw) for number in range(first, first + count))
