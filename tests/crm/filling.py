"""A CRM with many parties, written straight into its tables: for figures, never for rules."""

from __future__ import annotations

import random
from collections.abc import Sequence

import psycopg
from uuid_utils.compat import uuid7

from services.crm.domain.duplicates import domain_of, name_key
from tests.crm.companies import Company, company

_PARTY = (
    "copy party (id, version, created_at, updated_at, name, vat_number, territory_id, search_text, "
    "base_json) from stdin"
)
_KEY = "copy party_key (record_id, kind, value, party_id, version) from stdin"
_NOW = "2026-01-01T00:00:00Z"


def fill(url: str, count: int, *, territories: Sequence[str], seed: int = 1) -> dict[str, Company]:
    """Store `count` companies and what they are recognised by; return them by id."""
    draw = random.Random(seed)
    companies = {str(uuid7()): company(number, draw) for number in range(1, count + 1)}
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        with cursor.copy(_PARTY) as copy:
            for number, (party_id, each) in enumerate(companies.items()):
                text = f"{each.name.lower()} {each.vat_number}"
                place = territories[number % len(territories)]
                copy.write_row((party_id, 1, _NOW, _NOW, each.name, each.vat_number, place, text, "{}"))
        with cursor.copy(_KEY) as copy:
            for party_id, each in companies.items():
                for kind, value in _keys(each).items():
                    copy.write_row((party_id, kind, value, party_id, 1))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    return companies


def _keys(each: Company) -> dict[str, str]:
    return {
        "name": name_key(each.name),
        "vat_number": each.vat_number,
        "email": each.email,
        "domain": domain_of(each.email),
        "phone": each.phone,
        "city": each.city.lower(),
    }
