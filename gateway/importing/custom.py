"""Custom fields as columns of files: `custom.<key>`, or a field's label in any of its languages.

fields = CustomFields.of(server.records("crm/field-definitions"), "crm.party")
fields.names                    what their columns may be called
fields.values(cell, tell)       what a line says: {"power": "5.5"}
shown('{"amount":"12.50","currency":"EUR"}')    "12.50 EUR", as `values` reads it
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from gateway.importing.columns import Names, plain
from gateway.importing.lookups import Customers, own_id
from gateway.importing.values import clear, day, moment, number
from services.kit.errors import Invalid
from services.kit.fields.definitions import Definition, definition_from
from services.kit.fields.values import FieldKind, WrongValue, converted

_AMOUNT: Final = re.compile(r"(.*?)\s*([A-Z]{3})?", re.DOTALL)
#: Reasons that have a text of their own for cells.
_TOLD: Final = frozenset(
    {"UNKNOWN_VALUE", "WRONG_DATE", "WRONG_TIME", "WRONG_NUMBER", "UNKNOWN_CUSTOMER", "SEVERAL_CUSTOMERS"}
)


@dataclass(frozen=True, slots=True)
class CustomFields:
    """The fields that administrators gave to an entity, as far as a file may fill them in."""

    fields: Mapping[str, Definition] = field(default_factory=dict)

    @classmethod
    def of(cls, definitions: Iterable[Mapping[str, Any]], entity_name: str) -> CustomFields:
        """From the definitions of the owner: without retired fields and those of the company's own types."""
        found = [
            definition_from(each)
            for each in definitions
            if each["entity"] == entity_name and not each["record_type"] and not each["inactive"]
        ]
        return cls({each.name: each for each in sorted(found, key=lambda one: (one.position, one.key))})

    @property
    def names(self) -> Names:
        """What their columns may be called; of a label that two fields have, nobody knows which is meant."""
        writable = {n: each for n, each in self.fields.items() if each.kind is not FieldKind.FORMULA}
        labels = {name: {plain(label) for label in each.labels.values()} for name, each in writable.items()}
        alike = Counter(label for own in labels.values() for label in own)
        return {
            name: (plain(name), *sorted(label for label in own if alike[label] == 1))
            for name, own in labels.items()
        }

    @property
    def link_to_parties(self) -> bool:
        """True if a cell may name a party."""
        return any(each.links_to == "crm.party" for each in self.fields.values())

    def values(
        self, cell: Callable[[str], str], tell: Callable[[str, str, str], None], customers: Customers
    ) -> dict[str, str]:
        """Return what a line says, by key; `tell` hears what is wrong: field, reason, text of the cell."""
        found = {}
        for name, definition in self.fields.items():
            text = cell(name)
            if not text:
                continue
            try:
                value = _read(definition, text, customers)
            except WrongValue as wrong:
                tell(name, wrong.args[0] if wrong.args[0] in _TOLD else "WRONG_VALUE", text)
            else:
                if value is not None:
                    found[definition.key] = value
        return found


def _read(definition: Definition, text: str, customers: Customers) -> str | None:
    """Return a cell in the canonical form of its field.

    Raises:
        WrongValue: it is none of this field.
    """
    if definition.links_to == "crm.party":
        text = _party(text, customers)
    said = _JSON.get(definition.kind, _text)(text)
    return converted(definition.kind, definition.limits, said)


def _party(text: str, customers: Customers) -> str:
    if found := own_id(text):
        return found
    found, reason = customers.find(text)
    if reason:
        raise WrongValue(reason, "no such party")
    return found


def _text(text: str) -> str:
    return json.dumps(text)


def _day(text: str) -> str:
    try:
        return json.dumps(day(text).isoformat())
    except ValueError as error:
        raise WrongValue("WRONG_DATE", "no date") from error


def _moment(text: str) -> str:
    try:
        return json.dumps(moment(text).isoformat().replace("+00:00", "Z"))
    except ValueError as error:
        raise WrongValue("WRONG_TIME", "no time") from error


def _number(text: str) -> str:
    size = text.removeprefix("-")
    try:
        return number(size) if size == text else f"-{number(size)}"
    except (ValueError, Invalid) as error:
        raise WrongValue("WRONG_NUMBER", "no clear number") from error


def _money(text: str) -> str:
    found = _AMOUNT.fullmatch(text)
    assert found is not None
    return json.dumps({"amount": _number(found[1]), "currency": found[2] or "EUR"})


_JSON: Final[Mapping[FieldKind, Callable[[str], str]]] = {
    FieldKind.NUMBER: _number,
    FieldKind.MONEY: _money,
    FieldKind.DATE: _day,
    FieldKind.TIME: _moment,
}


def shown(text: str | None) -> str:
    """Return a canonical value as a cell, as it is read again."""
    value = json.loads(text, parse_float=Decimal, parse_int=Decimal) if text else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return clear(str(text))
    if isinstance(value, list):
        return "; ".join(value)
    return f"{clear(value['amount'])} {value['currency']}" if isinstance(value, dict) else str(value)
