"""What the company's ERP exported: the files in `company/`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

COMPANY: Final = Path(__file__).parent / "company"
ARTICLES: Final = COMPANY / "articles.csv"
PRICES: Final = COMPANY / "prices.csv"
PARTIES: Final = COMPANY / "parties.csv"
PEOPLE: Final = COMPANY / "people.csv"
SITES: Final = COMPANY / "sites.csv"
RELATIONSHIPS: Final = COMPANY / "relationships.csv"
MACHINES: Final = COMPANY / "machines.csv"


@dataclass(frozen=True, slots=True)
class Article:
    """An article as far as offers are made of it."""

    code: str
    description: str
    family: str
    product_line: str
    unit: str
    list_price: str
    is_machine: bool


@cache
def articles() -> Mapping[str, Article]:
    """Return the articles that have a price, by code."""
    prices = {
        row["article_code"]: row["unit_price"]
        for row in rows(PRICES)
        if row["standard"] == "yes" and not row["min_quantity"]
    }
    return {
        row["code"]: Article(
            row["code"],
            row["description"],
            row["family"],
            row["product_line"],
            row["unit"],
            prices[row["code"]],
            row["serial"] == "yes",
        )
        for row in rows(ARTICLES)
        if row["code"] in prices and row["status"] == "active"
    }


@dataclass(frozen=True, slots=True)
class Customer:
    """A line of the parties' file."""

    vat_number: str
    name: str
    territory: str
    salesperson: str
    person: str
    is_customer: bool


@cache
def customers() -> tuple[Customer, ...]:
    """Return all parties in the order of the file."""
    return tuple(
        Customer(
            row["partita iva"],
            row["ragione sociale"],
            row["territorio"],
            row["agente"],
            row["referente"],
            "cliente" in row["ruoli"],
        )
        for row in rows(PARTIES)
    )


def machines() -> list[dict[str, str]]:
    """Return the machines that were sold before, by day of delivery."""
    return rows(MACHINES)


def lines(path: Path) -> int:
    """Return how many records a file has."""
    return len(rows(path))


def rows(path: Path) -> list[dict[str, str]]:
    """Return the lines of a file by column."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))
