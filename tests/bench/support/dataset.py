"""Parties, articles and offers that look like a company's: the same ones at every run."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from stdnum import luhn
from uuid_utils.compat import uuid7

from gateway.identity.domain.administration import fixed_id
from services.offers.usecases.catalogue import article_id

Item = dict[str, Any]

_NAMESPACE = UUID("0b6d7a64-58a5-5f0e-8f57-3c3a4e1f9a11")
_KINDS = (
    "Officine", "Meccanica", "Carpenterie", "Torneria", "Stampaggi", "Utensileria", "Fonderia", "Impianti",
    "Automazioni", "Lavorazioni",
)  # fmt: skip
_HEADS = ("Ber", "Car", "Dan", "Fer", "Gal", "Lom", "Mar", "Nar", "Pel", "Ros")
_TAILS = ("nardi", "toni", "bini", "relli", "sini", "vati", "zani", "luppi", "monti", "castri")
_TOWNS = (
    "Brescia",
    "Modena",
    "Vicenza",
    "Torino",
    "Lecco",
    "Bari",
    "Latina",
    "Catania",
    "Forlì",
    "Pordenone",
)
_NORTH = ("NORD-PIEMONTE", "NORD-LOMBARDIA", "NORD-VENETO", "NORD-EMILIA")
_SOUTH = ("SUD-LAZIO", "SUD-PUGLIA", "SUD-SICILIA")
_PARTS = ("Flangia", "Albero", "Supporto", "Riduttore", "Cilindro", "Valvola", "Staffa", "Motore", "Quadro")

LINES = 20
#: One of these occurs in the names of 200 of 20,000 parties.
SURNAMES = tuple(head + tail for head in _HEADS for tail in _TAILS)


def party_id(number: int) -> str:
    """The id of the nth party."""
    return str(uuid5(_NAMESPACE, f"party {number}"))


def is_northern(number: int) -> bool:
    """True for those that `sales.north` sees: three of five."""
    return number % 5 < 3


def party_fields(number: int) -> Item:
    """A company, as somebody would type it."""
    chosen = random.Random(number)
    surname = SURNAMES[number % len(SURNAMES)]
    town = chosen.choice(_TOWNS)
    base = f"{chosen.randrange(10**7):07d}{chosen.randrange(1, 101):03d}"
    return {
        "kind": "company",
        "name": f"{chosen.choice(_KINDS)} {surname} {town} S.r.l.",
        "roles": ["prospect"],
        "vat_number": base + luhn.calc_check_digit(base),
        "country": "IT",
        "language": "it",
        "pec": f"{surname.lower()}{number}@pec.example.com",
        "website": f"https://{surname.lower()}{number}.example.com",
        "notes": f"Incontrati in fiera a {town}. Interessati alla linea {chosen.randrange(1, 9)}.",
        "territory_id": fixed_id(
            "identity.territory", chosen.choice(_NORTH if is_northern(number) else _SOUTH)
        ),
    }


def article_code(number: int) -> str:
    """The code of the nth article, in the ERP's style."""
    return f"ART-{10000 + number}-{'ABC'[number % 3]}"


def article_event(number: int) -> Mapping[str, Any]:
    """What the ERP says of the nth article."""
    chosen = random.Random(number)
    part = chosen.choice(_PARTS)
    return {
        "code": article_code(number),
        "description": f"{part} {chosen.randrange(10, 400)} mm, serie {chosen.randrange(1, 50)}",
        "descriptions": {"en": f"{part} series {number}"},
        "unit": "pz",
        "family": part,
        "vat_rate": "22",
        "weight_kg": f"{chosen.randrange(1, 900) / 10}",
        "status": "active",
        "unit_cost": f"{chosen.randrange(500, 90000) / 100:.2f}",
        "cost_date": "2026-01-01",
        "product_line": f"L{number % 8}",
    }


def create(entity: str, record_id: str, fields: Item, *, group: str = "") -> Item:
    """A change that creates a record."""
    item = {"id": str(uuid7()), "entity": entity, "record_id": record_id, "op": "create", "fields": fields}
    return item | {"group": group} if group else item


def offer_items(number: int, *, party: str, articles: int) -> list[Item]:
    """An offer, its first revision and its lines, as one group: 22 records.

    Prices are typed, as by a client that has its own copy of the price lists; texts, unit, VAT and cost come
    from the articles.
    """
    chosen = random.Random(number)
    group, offer, revision = (str(uuid7()) for _ in range(3))
    items = [
        create("offers.offer", offer, {"party_id": party, "title": f"Linea {number}"}, group=group),
        create(
            "offers.revision",
            revision,
            {"offer_id": offer, "alternative": "A", "currency": "EUR", "header_discounts": "5"},
            group=group,
        ),
    ]
    for position, article in enumerate(chosen.sample(range(articles), LINES), start=1):
        fields = {
            "revision_id": revision,
            "position": position * 10,
            "article_id": article_id(article_code(article)),
            "quantity": str(chosen.randrange(1, 40)),
            "unit_price": f"{chosen.randrange(1000, 200000) / 100:.2f}",
            "discounts": chosen.choice(("", "10", "20+5")),
        }
        items.append(create("offers.line", str(uuid7()), fields, group=group))
    return items
