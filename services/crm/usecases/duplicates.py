"""Duplicates, proposed while a party is being typed: half-typed values find what they can."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
import sqlalchemy as sa

from services.crm.domain.duplicates import (
    PROPOSED,
    Likeness,
    because,
    contact_keys,
    domain_of,
    likelihood,
    name_key,
    party_keys,
)
from services.crm.storage.duplicates import Candidate, Key, candidates, store_keys
from services.crm.usecases import identifiers
from services.kit.database import Database, UnitOfWork
from services.kit.database.rows import folded
from services.kit.entities import entity
from services.kit.errors import Forbidden, Invalid
from services.kit.permissions import Access, condition
from services.kit.records.references import newest_of

_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Proposal:
    """A party that may be the one that is being typed."""

    party_id: str
    name: str
    city: str
    vat_number: str
    likelihood: int
    because: list[str]


def find_duplicates(database: Database, access: Access, typed: Mapping[str, str]) -> list[Proposal]:
    """Return at most ten proposals, the likeliest first; only parties that the caller may see.

    `typed` holds name, vat_number, tax_code, email, phone, city, country as far as they are typed.

    Raises:
        Forbidden: NOT_GRANTED, the caller may see no party at all.
    """
    if not access.allows("crm", "read"):
        raise Forbidden("NOT_GRANTED", params={"entity": "crm.party", "action": "read"})
    asked = _asked(typed)
    visible: sa.ColumnElement[bool] = condition(access, entity("crm.party"), "read", database.tables)
    name = name_key(typed.get("name", ""))
    with database.engine.begin() as connection:
        found = candidates(connection, name, asked, visible)
    city = folded(typed.get("city", "").strip())
    proposals = [_proposal(each, name, asked["vat_number"], city) for each in found]
    likely = [each for each in proposals if each.likelihood >= PROPOSED]
    return sorted(likely, key=lambda each: (-each.likelihood, each.party_id))[:_MOST]


def _asked(typed: Mapping[str, str]) -> dict[str, str]:
    """Bring what is typed into the form in which it is kept, by kind; what is unfinished is not asked."""
    country = typed.get("country", "").strip().upper() or "IT"
    email = _finished(lambda: identifiers.email(typed.get("email", ""), "email")).lower()
    phone = typed.get("phone", "").strip()
    return {
        "vat_number": _finished(lambda: identifiers.vat_number(typed.get("vat_number", ""), country)),
        "tax_code": _finished(lambda: identifiers.tax_code(typed.get("tax_code", ""))),
        "email": email,
        "pec": email,
        "domain": domain_of(email),
        "pec_domain": domain_of(email),
        "phone": _finished(lambda: identifiers.phone(phone, country, "phone")) if phone else "",
    }


def _finished(check: Callable[[], str]) -> str:
    try:
        return check()
    except Invalid:
        return ""


#: A PEC is an e-mail address like another.
_SAME_AS = {"pec": "email", "pec_domain": "domain"}


def _proposal(each: Candidate, name: str, vat_number: str, city: str) -> Proposal:
    likeness = Likeness(
        asked_name=name,
        stored_name=name_key(each.name),
        same={_SAME_AS.get(kind, kind) for kind in each.kinds} - {"name"},
        other_vat_number=bool(vat_number and each.vat_number and vat_number != each.vat_number),
        same_city=city in each.cities if city and each.cities else None,
    )
    return Proposal(
        party_id=each.party_id,
        name=each.name,
        city=", ".join(sorted(city.title() for city in each.cities)),
        vat_number=each.vat_number,
        likelihood=likelihood(likeness),
        because=because(likeness),
    )


def keep_keys(uow: UnitOfWork, records: Iterable[Mapping[str, Any]]) -> None:
    """Keep what parties are recognised by."""
    store_keys(uow.connection, [key for record in newest_of(records) for key in _keys(record)])


def _keys(record: Mapping[str, Any]) -> Iterator[Key]:
    make = _MAKERS.get(record["entity"])
    if make is None:
        return
    body = orjson.loads(record["fragments"]["base"])
    party_id = body["id"] if record["entity"] == "crm.party" else body["party_id"]
    for kind, value in make(body).items():
        kept = "" if record["deleted"] else value
        yield Key(record["id"], party_id, record["version"], kind, kept)


_MAKERS: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, str]]]] = {
    "crm.party": party_keys,
    "crm.contact_point": contact_keys,
    "crm.address": lambda address: {"city": folded(address["city"])},
}
#: Entities whose records say what a party is recognised by.
RECOGNISED_BY: Final = tuple(_MAKERS)
