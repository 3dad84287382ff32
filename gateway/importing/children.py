"""Lines as records that belong to parties: sites and other addresses, contact points, relationships,
activities.

A line names its party as people do. With the record's own id in it, as an export writes it, it stands for
that record; else the id follows from party, kind and what tells two such records apart, so that the same file
again makes nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from gateway.importing.columns import Names
from gateway.importing.custom import CustomFields
from gateway.importing.errors import LineProblem
from gateway.importing.lookups import Customers, folded, own_id
from gateway.importing.parties import Draft, Prepared, Record, too_long
from gateway.importing.tables import Line
from gateway.importing.values import day, moment
from services.crm.domain.relationships import KINDS
from services.kit.entities import Field, Kind, entity

_IDS: Final = UUID("0d5f6d0e-5a0b-5c5e-9a25-0b8d7d1c3a64")
_YES: Final = {"si", "yes", "true", "vero", "1", "x"}
_NO: Final = {"", "no", "false", "falso", "0"}
_PARTY: Final = ("cliente", "anagrafica", "party", "ragione sociale", "partita iva", "codice cliente")
_NOTES: Final = ("note", "annotazioni")


@dataclass(frozen=True, slots=True)
class Spec:
    """One kind of record: its columns, those without which nothing comes in, and the words for its enums."""

    entity: str
    names: Names
    required: Sequence[str]
    #: Fields that tell two records of a party apart.
    key: Sequence[str]
    words: Mapping[str, Mapping[str, str]]


SPECS: Final[Mapping[str, Spec]] = {
    "addresses": Spec(
        "crm.address",
        {
            "id": (),
            "party_id": _PARTY,
            "kind": ("tipo", "type"),
            "label": ("nome", "sede", "stabilimento", "site", "name"),
            "street": ("indirizzo", "via", "address"),
            "postal_code": ("cap", "zip", "postcode"),
            "city": ("citta", "comune", "localita", "town"),
            "province": ("provincia", "prov", "pr", "state"),
            "country": ("paese", "nazione"),
            "primary": ("principale", "primario"),
            "access_notes": ("accesso", "note di accesso", "portineria"),
        },
        ("party_id",),
        ("kind", "label", "street", "city"),
        {
            "kind": {
                "sede legale": "legal",
                "legale": "legal",
                "sede": "site",
                "stabilimento": "site",
                "plant": "site",
                "fatturazione": "billing",
                "consegna": "delivery",
                "": "unspecified",
            }
        },
    ),
    "contacts": Spec(
        "crm.contact_point",
        {
            "id": (),
            "party_id": _PARTY,
            "kind": ("tipo", "type"),
            "value": ("valore", "recapito", "numero", "indirizzo", "e mail", "email", "telefono"),
            "label": ("etichetta", "descrizione"),
            "person_name": ("persona", "referente", "contatto", "contact person"),
            "preferred": ("preferito", "principale", "primary"),
        },
        ("party_id", "kind", "value"),
        ("kind", "value"),
        {"kind": {"e-mail": "email", "telefono": "phone", "cellulare": "mobile", "sito": "web"}},
    ),
    "relationships": Spec(
        "crm.relationship",
        {
            "id": (),
            "party_id": ("anagrafica", "party", "persona", "da", "from"),
            "kind": ("relazione", "tipo", "type", "relationship"),
            "other_id": ("con", "altra", "other", "azienda", "a", "to"),
            "function": ("funzione", "mansione", "qualifica", "job title"),
            "since": ("dal", "inizio"),
            "until": ("al", "fine"),
            "notes": _NOTES,
        },
        ("party_id", "kind", "other_id"),
        ("kind", "other_id", "since"),
        {
            "kind": {
                folded(text): name
                for name, kind in KINDS.items()
                for text in (kind.forward.it, kind.forward.en)
            },
        },
    ),
    "activities": Spec(
        "crm.activity",
        {
            "id": (),
            "party_id": _PARTY,
            "kind": ("tipo", "type"),
            "subject": ("oggetto", "titolo", "title"),
            "notes": _NOTES,
            "starts_at": ("inizio", "dalle", "start"),
            "ends_at": ("fine", "alle", "end"),
            "due_at": ("scadenza", "entro", "due"),
        },
        ("party_id", "kind", "subject"),
        ("kind", "subject", "starts_at", "due_at"),
        {
            "kind": {
                "chiamata": "call",
                "telefonata": "call",
                "visita": "visit",
                "riunione": "meeting",
                "compito": "task",
                "da fare": "task",
                "e-mail": "mail",
            }
        },
    ),
}


def prepare(
    spec: Spec,
    lines: Iterable[Line],
    columns: Mapping[str, str],
    customers: Customers,
    custom: CustomFields = CustomFields(),  # noqa: B008 (a value)
) -> Prepared:
    """Check every line; a wrong one is named with all that is wrong in it, the others become drafts."""
    found = Prepared()
    first_with: dict[str, int] = {}
    for line in lines:
        reader = _LineReader(spec, line, columns, customers, custom)
        record = reader.record()
        if not reader.problems and record.id in first_with:
            reader.problem("", "DUPLICATE_LINE", str(first_with[record.id]))
        if reader.problems:
            found.problems += reader.problems
        else:
            first_with[record.id] = line.number
            found.drafts.append(Draft(line.number, (record,)))
    return found


class _LineReader:
    """One line on its way to a record; collects what is wrong."""

    def __init__(
        self,
        spec: Spec,
        line: Line,
        columns: Mapping[str, str],
        customers: Customers,
        custom: CustomFields,
    ) -> None:
        self._spec = spec
        self._line = line
        self._columns = columns
        self._customers = customers
        self._custom = custom
        self.problems: list[LineProblem] = []

    def record(self) -> Record:
        """Return the record; worth something only if there are no problems."""
        definition = entity(self._spec.entity)
        values: dict[str, Any] = {
            name: value
            for name in self._spec.names
            if name != "id"
            and (value := self._value(definition.fields[name])) not in ("", False, "unspecified")
        }
        for name in self._spec.required:
            if name not in values and not any(each.column == self._header(name) for each in self.problems):
                self.problem(name, "REQUIRED_CELL")
        record_id = self._own_id(values)
        if own := self._custom.values(self._cell, self.problem, self._customers):
            values["custom"] = own
        record = Record(self._spec.entity, record_id, values)
        for name, longest in too_long(record):
            self.problem(name, "TOO_LONG", str(longest))
        return record

    def _own_id(self, values: Mapping[str, Any]) -> str:
        text = self._cell("id")
        if text:
            found = own_id(text)
            if not found:
                self.problem("id", "UNKNOWN_VALUE", text)
            return found
        key = "/".join(folded(str(values.get(name, ""))) for name in ("party_id", *self._spec.key))
        return str(uuid5(_IDS, f"{self._spec.entity}/{key}"))

    def _value(self, field: Field) -> Any:
        text = self._cell(field.name)
        if field.references == "crm.party":
            return self._party(field.name, text)
        readers: dict[Kind, Callable[[str, str], Any]] = {
            Kind.ENUM: self._word,
            Kind.BOOLEAN: self._yes_or_no,
            Kind.DATE: self._day,
            Kind.TIME: self._moment,
        }
        reader = readers.get(field.kind)
        return reader(field.name, text) if reader else text

    def _party(self, name: str, text: str) -> str:
        if not text:
            return ""
        found, reason = self._customers.find(text)
        if reason:
            self.problem(name, reason, text)
        return found

    def _word(self, name: str, text: str) -> str:
        known = entity(self._spec.entity).fields[name].enum_values
        word = self._spec.words.get(name, {}).get(folded(text), text.strip().lower())
        if word and word not in known:
            self.problem(name, "UNKNOWN_VALUE", text)
        return word

    def _yes_or_no(self, name: str, text: str) -> bool:
        word = folded(text)
        if word not in _YES | _NO:
            self.problem(name, "UNKNOWN_VALUE", text)
        return word in _YES

    def _day(self, name: str, text: str) -> str:
        return self._read(name, text, day, "WRONG_DATE")

    def _moment(self, name: str, text: str) -> str:
        return self._read(name, text, moment, "WRONG_TIME")

    def _read(self, name: str, text: str, read: Callable[[str], date | datetime], reason: str) -> str:
        if not text:
            return ""
        try:
            return read(text).isoformat().replace("+00:00", "Z")
        except ValueError:
            self.problem(name, reason, text)
            return ""

    def _cell(self, name: str) -> str:
        return self._line.cells.get(self._columns.get(name, ""), "")

    def _header(self, name: str) -> str:
        return self._columns.get(name, "")

    def problem(self, name: str, reason: str, value: str = "") -> None:
        """Note what is wrong with a cell."""
        self.problems.append(LineProblem(self._line.number, self._header(name), reason, value[:200]))
