"""A company of any size for the store of synchronisation: the same records and users at every run.

Records come in families of twenty: a party with three activities, an offer with its revision, fourteen lines.
Each family is in one territory and has one owner; users hold forty territories of two hundred, which with
their own and shared records makes about ninety buckets each, as in a company with fine territories.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

Record = dict[str, Any]
"""In the form of records_changed."""

FAMILY: Final = 20
_ACTIVITIES: Final = 3
_ROW_BYTES: Final = 600
_PARTS: Final = ("Flangia", "Albero", "Supporto", "Riduttore", "Cilindro", "Valvola", "Staffa", "Motore")
_SURNAMES: Final = ("Bernardi", "Cartoni", "Danbini", "Ferrelli", "Galsini", "Lomvati", "Marzani", "Rosluppi")
_TEXT: Final = "Interessati alla linea di piegatura. "
_EMPTY: Final[Record] = {
    "parent_id": "",
    "owner_id": "",
    "team_id": "",
    "territory_id": "",
    "product_line": "",
    "shared_with": [],
    "alias_of": "",
    "deleted": False,
}


@dataclass(frozen=True, slots=True)
class Company:
    """How much there is. `first_user` may be somebody real, who signs in."""

    records: int
    users: int = 200
    territories: int = 200
    held: int = 40
    first_user: str = ""

    @property
    def user_ids(self) -> Sequence[str]:
        """Ids of the users."""
        ids = [_id(random.Random(f"user {number}"), number) for number in range(self.users)]
        return [self.first_user or ids[0], *ids[1:]]

    @property
    def territory_ids(self) -> Sequence[str]:
        """Ids of the territories."""
        return [_id(random.Random(f"territory {number}"), number) for number in range(self.territories)]

    def held_by(self, user: int) -> Sequence[str]:
        """Return the territories of a user: neighbours overlap."""
        ids = self.territory_ids
        first = user * self.territories // self.users
        return [ids[(first + step) % len(ids)] for step in range(self.held)]

    def accesses(self, epoch: int) -> Iterator[Record]:
        """Yield an identity.access for each user."""
        for number, user_id in enumerate(self.user_ids):
            own = [("territory", self.held_by(number)), ("owner", [user_id]), ("shared_with", [user_id])]
            scopes = [{"terms": [{"kind": kind, "values": list(values)}]} for kind, values in own]
            everything = [{"terms": [{"kind": "all", "values": []}]}]
            grants = [
                {"group": group, "actions": ["read", "replicate"], "scopes": scopes, "facets": []}
                for group in ("crm", "offers")
            ]
            grants += [
                {"group": group, "actions": ["read", "replicate"], "scopes": everything, "facets": []}
                for group in ("catalogue", "directory")
            ]
            body = {"id": user_id, "version": epoch, "grants": grants, "inactive": False}
            yield _record("identity.access", user_id, body, version=epoch)

    def families(self, version: int = 1) -> Iterator[Sequence[Record]]:
        """Yield the records, a family at a time, parents before their children."""
        users, territories = self.user_ids, self.territory_ids
        for number in range(self.records // FAMILY):
            owner, territory = users[number % len(users)], territories[number % len(territories)]
            yield family(number, owner=owner, territory=territory, version=version)


def family(number: int, *, owner: str, territory: str, version: int = 1) -> list[Record]:
    """Return the nth family: twenty records of one territory and one owner."""
    chosen = random.Random(number)
    ids = [_id(chosen, number * FAMILY + position) for position in range(FAMILY)]
    scope = {"owner_id": owner, "territory_id": territory}
    party, offer, revision = ids[0], ids[_ACTIVITIES + 1], ids[_ACTIVITIES + 2]

    def child(entity: str, record_id: str, parent: str) -> Record:
        body = _body(chosen, record_id, parent, owner, version)
        return _record(entity, record_id, body, version=version, parent_id=parent)

    found = [_record("crm.party", party, _body(chosen, party, "", owner, version), version=version, **scope)]
    for each in ids[1 : _ACTIVITIES + 1]:
        found.append(child("crm.activity", each, party))
    found.append(child("offers.offer", offer, party))
    found.append(child("offers.revision", revision, offer))
    found += [child("offers.line", each, revision) for each in ids[_ACTIVITIES + 3 :]]
    return found


def _body(chosen: random.Random, record_id: str, parent: str, owner: str, version: int) -> Record:
    """About 600 bytes that look like a line's: names of fields, an article, amounts, a text."""
    article = chosen.randrange(5000)
    cents = chosen.randrange(1000, 200_000)
    body: Record = {
        "id": record_id,
        "version": version,
        "parent_id": parent,
        "article_id": _id(random.Random(article), article),
        "created_by": owner,
        "created_at": f"2026-{1 + article % 12:02d}-{1 + cents % 28:02d}T08:{cents % 60:02d}:00Z",
        "deleted": False,
        "custom": {},
        "position": 10 * (1 + article % 20),
        "code": f"ART-{10000 + article}-{'ABC'[article % 3]}",
        "description": f"{_PARTS[article % len(_PARTS)]} {article % 390} mm, serie {article % 50}",
        "unit": "pz",
        "vat_rate": "22",
        "quantity": str(chosen.randrange(1, 40)),
        "unit_price": {"amount": f"{cents / 100:.2f}", "currency": "EUR"},
        "discounts": ("", "10", "20+5")[cents % 3],
        "net_price": {"amount": f"{cents * 9 / 1000:.2f}", "currency": "EUR"},
        "total": {"amount": f"{cents * 9 * (1 + article % 9) / 1000:.2f}", "currency": "EUR"},
        "contact": _SURNAMES[cents % len(_SURNAMES)],
        "state": "draft",
        "notes": "",
    }
    missing = _ROW_BYTES - len(orjson.dumps(body))
    body["notes"] = (_TEXT * (1 + missing // len(_TEXT)))[:missing]
    return body


def _record(entity: str, record_id: str, body: Record, *, version: int, **given: Any) -> Record:
    fragments = {"base": orjson.dumps(body).decode()}
    return {**_EMPTY, "entity": entity, "id": record_id, "version": version, "fragments": fragments, **given}


def _id(chosen: random.Random, number: int) -> str:
    """A UUIDv7: times that go on with the number, the rest random."""
    tail = chosen.getrandbits(74)
    time_ms = 0x0190_0000_0000 + number
    value = time_ms << 80 | 7 << 76 | (tail >> 62) << 64 | 2 << 62 | tail & ((1 << 62) - 1)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
