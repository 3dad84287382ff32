"""What the demonstration company added to the CRM: fields of its customers, and competitors' machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

from services.local.demonstration import sources
from services.local.demonstration.author import Group, create, update

_SECTORS: Final[Mapping[str, tuple[str, str]]] = {
    "carpentry": ("Carpenteria metallica", "Metal carpentry"),
    "appliances": ("Elettrodomestici", "Household appliances"),
    "agriculture": ("Macchine agricole", "Agricultural machines"),
    "furniture": ("Arredo e scaffalature", "Furniture and shelving"),
}
_BRANDS: Final = ("Piegatek", "Norlam", "Durabend", "Metalux")
#: Key -> fields of its definition.
FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "sector": {
        "kind": "choice",
        "labels": {"it": "Settore", "en": "Sector"},
        "choices": [
            {"key": key, "labels": {"it": it, "en": en}, "retired": False}
            for key, (it, en) in _SECTORS.items()
        ],
        "position": 10,
    },
    "bending_hours": {
        "kind": "number",
        "labels": {"it": "Ore di piega al mese", "en": "Bending hours a month"},
        "minimum": "0",
        "maximum": "5000",
        "position": 20,
    },
    "presses_worth": {
        "kind": "formula",
        "labels": {"it": "Presse che servirebbero", "en": "Presses that it could use"},
        "help": {"it": "Una pressa ogni 160 ore", "en": "One press for every 160 hours"},
        "formula": "ceil(custom.bending_hours / 160)",
        "position": 30,
    },
}
_MACHINE: Final = "competitor_machine"
_MACHINE_FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "brand": {"kind": "text", "labels": {"it": "Marca", "en": "Brand"}, "required": True, "maximum": "60"},
    "year": {"kind": "number", "labels": {"it": "Anno", "en": "Year"}, "minimum": "1950", "maximum": "2100"},
    "to_replace": {"kind": "boolean", "labels": {"it": "Da sostituire", "en": "To be replaced"}},
}


def definitions() -> list[Group]:
    """Return what the administrator defines, each alone and in the order in which one names the other."""
    groups = [[_field(key, "crm.party", "", fields)] for key, fields in FIELDS.items()]
    labels = {"it": "Macchina della concorrenza", "en": "Competitor's machine"}
    plural = {"it": "Macchine della concorrenza", "en": "Competitors' machines"}
    values = {"key": _MACHINE, "parent_entity": "crm.party", "labels": labels, "plural_labels": plural}
    groups.append([create("crm.record_type", f"type/{_MACHINE}", values)])
    for key, fields in _MACHINE_FIELDS.items():
        groups.append([_field(key, "crm.custom_record", _MACHINE, fields)])
    return groups


def _field(key: str, entity: str, record_type: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    values = {"entity": entity, "record_type": record_type, "key": key, **fields}
    return create("crm.field_definition", f"field/{entity}/{record_type}/{key}", values)


def values(party_ids: Mapping[str, str], seller: str) -> list[Group]:
    """Return what a seller fills in about their customers: most have a sector, some a machine."""
    return list(_values(party_ids, seller))


def _values(party_ids: Mapping[str, str], seller: str) -> Iterator[Group]:
    random = Random(31)
    for customer in sources.customers():
        sector, hours = random.choice(list(_SECTORS)), random.randrange(40, 900, 20)
        knows, has_machine = random.random() < 0.66, random.random() < 0.25
        brand, year, old = random.choice(_BRANDS), random.randrange(1998, 2024), random.random() < 0.4
        party_id = party_ids.get(customer.vat_number)
        if party_id is None or customer.salesperson != seller:
            continue
        if knows:
            custom = {"sector": json.dumps(sector), "bending_hours": str(hours)}
            yield [update("crm.party", party_id, f"shape {customer.vat_number}", {"custom": custom})]
        if has_machine:
            fields = {
                "type": _MACHINE,
                "parent_id": party_id,
                "name": f"{brand} {year}",
                "custom": {"brand": json.dumps(brand), "year": str(year), "to_replace": json.dumps(old)},
            }
            yield [create("crm.custom_record", f"machine/{customer.vat_number}", fields)]
