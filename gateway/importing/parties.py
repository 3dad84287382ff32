"""Lines as parties: checked by the CRM's own rules before anything is sent, with ids that follow from them.

A party's id comes from its code, else its VAT number, else its tax code, else name and place. So the same
file again, or a corrected one, names the same parties.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from buf.validate import validate_pb2
from uuid_utils import UUID, uuid5

from gateway.importing.custom import CustomFields
from gateway.importing.errors import LineProblem
from gateway.importing.lookups import Customers, folded, own_id
from gateway.importing.tables import Line
from services.crm.usecases import identifiers
from services.kit.entities import entity
from services.kit.errors import Invalid

_IDS: Final = UUID("b0c7a9f4-6a53-5f0b-8a4f-7f3f0b6a52c1")
_PARTY: Final = (
    "name",
    "given_name",
    "family_name",
    "vat_number",
    "tax_code",
    "sdi_code",
    "pec",
    "country",
    "language",
    "website",
    "notes",
    "private_notes",
)
_ADDRESS: Final = ("street", "postal_code", "city", "province")
_POINTS: Final = ("email", "phone", "mobile")
_ROLES: Final[Mapping[str, str]] = {
    "prospect": "prospect",
    "potenziale": "prospect",
    "customer": "customer",
    "cliente": "customer",
    "dealer": "dealer",
    "rivenditore": "dealer",
    "supplier": "supplier",
    "fornitore": "supplier",
    "end_user": "end_user",
    "end user": "end_user",
    "utilizzatore finale": "end_user",
}
_KINDS: Final[Mapping[str, str]] = {
    "": "company",
    "company": "company",
    "azienda": "company",
    "societa": "company",
    "person": "person",
    "persona": "person",
    "privato": "person",
}


@dataclass(frozen=True, slots=True)
class Record:
    """A record to be created."""

    entity: str
    id: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """A party with its address and contact points, ready to be sent."""

    line: int
    records: tuple[Record, ...]

    @property
    def party(self) -> Record:
        return self.records[0]


@dataclass(slots=True)
class Prepared:
    """What a file comes to."""

    drafts: list[Draft] = field(default_factory=list)
    problems: list[LineProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Directory:
    """Names that lines may use: code of a territory -> id, name of a user -> id, parties."""

    territories: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)
    parties: Customers = field(default_factory=Customers)


def prepare(
    lines: Iterable[Line],
    columns: Mapping[str, str],
    directory: Directory,
    custom: CustomFields = CustomFields(),  # noqa: B008 (a value)
) -> Prepared:
    """Check every line; a wrong one is named with all that is wrong in it, the others become drafts."""
    found = Prepared()
    first_with: dict[tuple[str, str], int] = {}
    for line in lines:
        reader = _LineReader(line, columns, directory, custom)
        draft = reader.draft()
        if not reader.problems:
            reader.problems += _repeated(draft, line.number, columns, first_with)
        if reader.problems:
            found.problems += reader.problems
        else:
            found.drafts.append(draft)
    return found


def _repeated(
    draft: Draft, line: int, columns: Mapping[str, str], first_with: dict[tuple[str, str], int]
) -> list[LineProblem]:
    """Return a problem if an earlier line has this party, by id or by VAT number."""
    vat_number = draft.party.fields.get("vat_number")
    keys = [("vat_number", vat_number)] if vat_number else []
    keys.append(("id", draft.party.id))
    for key in keys:
        if key in first_with:
            column = columns.get("vat_number", "") if key[0] == "vat_number" else ""
            return [LineProblem(line, column, "DUPLICATE_LINE", str(first_with[key]))]
    first_with |= dict.fromkeys(keys, line)
    return []


class _LineReader:
    """One line on its way to a draft; collects what is wrong."""

    def __init__(
        self, line: Line, columns: Mapping[str, str], directory: Directory, custom: CustomFields
    ) -> None:
        self._line = line
        self._columns = columns
        self._directory = directory
        self._custom = custom
        self.problems: list[LineProblem] = []

    def draft(self) -> Draft:
        """Return the draft; worth something only if there are no problems."""
        party: dict[str, Any] = {name: value for name in _PARTY if (value := self._cell(name))}
        own_names = [party[name] for name in ("given_name", "family_name") if name in party]
        # A person is called by them, whatever the whole name's column says.
        party["name"] = " ".join(own_names) or party.get("name", "")
        if not party["name"]:
            self._problem("name", "NAME_MISSING")
        party["country"] = country = self._checked("country", identifiers.country_code)
        party |= {
            "vat_number": self._checked("vat_number", lambda text: identifiers.vat_number(text, country)),
            "tax_code": self._checked("tax_code", identifiers.tax_code),
            "sdi_code": self._checked("sdi_code", identifiers.sdi_code),
            "pec": self._checked("pec", lambda text: identifiers.email(text, "pec")),
            "kind": self._chosen("kind", _KINDS) if self._cell("kind") or not own_names else "person",
            "roles": [self._role(text) for text in self._several("roles")],
            "territory_id": self._named("territory", self._directory.territories, "UNKNOWN_TERRITORY"),
            "owner_id": self._named("owner", self._directory.users, "UNKNOWN_OWNER"),
            "custom": self._custom.values(self._cell, self._problem, self._directory.parties),
        }
        party_id = own_id(self._cell("code")) or str(uuid5(_IDS, f"party/{self._key(party)}"))
        records = [Record("crm.party", party_id, {k: v for k, v in party.items() if v})]
        records += self._address(party_id, country)
        records += self._points(party_id, country)
        records += self._employment(party_id)
        for record in records:
            self._check_lengths(record)
        return Draft(self._line.number, tuple(records))

    def _key(self, party: Mapping[str, Any]) -> str:
        for name in ("vat_number", "tax_code"):
            if party[name] and not self._cell("code"):
                return f"{name}/{party[name]}"
        if self._cell("code"):
            return f"code/{self._cell('code')}"
        return "/".join(
            ["name", *folded(party["name"]), *(folded(self._cell(name)) for name in ("city", "street"))]
        )

    def _address(self, party_id: str, country: str) -> Iterator[Record]:
        fields = {name: value for name in _ADDRESS if (value := self._cell(name))}
        if fields:
            kind = {"kind": "legal", "party_id": party_id, "country": country}
            yield Record("crm.address", str(uuid5(UUID(party_id), "address")), fields | kind)

    def _points(self, party_id: str, country: str) -> Iterator[Record]:
        for kind in _POINTS:
            for number, text in enumerate(self._several(kind)):
                value = self._check(kind, text, lambda text, kind=kind: _point(kind, text, country))
                fields = {"party_id": party_id, "kind": kind, "value": value}
                if self._cell("person"):
                    fields["person_name"] = self._cell("person")
                point_id = str(uuid5(UUID(party_id), f"{kind}/{number}"))
                yield Record("crm.contact_point", point_id, fields)

    def _employment(self, party_id: str) -> Iterator[Record]:
        text = self._cell("employer")
        if not text:
            return
        employer, reason = self._directory.parties.find(text)
        if reason:
            self._problem("employer", reason, text)
        fields = {"party_id": party_id, "kind": "works_at", "other_id": employer}
        if self._cell("function"):
            fields["function"] = self._cell("function")
        yield Record("crm.relationship", str(uuid5(UUID(party_id), f"works_at/{employer}")), fields)

    # Cells

    def _cell(self, name: str) -> str:
        return self._line.cells.get(self._columns.get(name, ""), "")

    def _several(self, name: str) -> list[str]:
        """Return the parts of a cell; several are separated by semicolons."""
        return [part for piece in self._cell(name).split(";") if (part := piece.strip())]

    def _checked(self, name: str, check: Any) -> str:
        return self._check(name, self._cell(name), check)

    def _check(self, name: str, text: str, check: Any) -> str:
        try:
            return str(check(text))
        except Invalid as error:
            self._problem(name, error.violations[0].reason, text)
            return ""

    def _chosen(self, name: str, known: Mapping[str, str]) -> str:
        value = known.get(folded(self._cell(name)))
        if value is None:
            self._problem(name, "UNKNOWN_VALUE", self._cell(name))
        return value or ""

    def _role(self, text: str) -> str:
        role = _ROLES.get(folded(text))
        if role is None:
            self._problem("roles", "UNKNOWN_VALUE", text)
        return role or ""

    def _named(self, name: str, known: Mapping[str, str], reason: str) -> str:
        text = self._cell(name)
        if text and text not in known:
            self._problem(name, reason, text)
        return known.get(text, "")

    def _check_lengths(self, record: Record) -> None:
        for name, longest in too_long(record):
            self._problem(name if name != "value" else record.fields["kind"], "TOO_LONG", str(longest))

    def _problem(self, name: str, reason: str, value: str = "") -> None:
        column = self._columns.get(name, "")
        self.problems.append(LineProblem(self._line.number, column, reason, value[:200]))


def _point(kind: str, text: str, country: str) -> str:
    if kind == "email":
        return identifiers.email(text, kind)
    return identifiers.phone(text, country, kind)


def too_long(record: Record) -> Iterator[tuple[str, int]]:
    """Yield each text field that is too long, with the greatest length that the contract allows."""
    limits = _limits(record.entity)
    for name, value in record.fields.items():
        if isinstance(value, str) and len(value) > limits.get(name, len(value)):
            yield name, limits[name]


@cache
def _limits(entity_name: str) -> dict[str, int]:
    """Return the greatest length of each text field, as the contract says."""
    found = {}
    for name, each in entity(entity_name).fields.items():
        rules = each.descriptor.GetOptions().Extensions[validate_pb2.field].string
        if rules.HasField("max_len"):
            found[name] = rules.max_len
    return found


def known_elsewhere(
    drafts: Sequence[Draft], columns: Mapping[str, str], stored: Mapping[str, str]
) -> tuple[list[Draft], list[LineProblem]]:
    """Part drafts from those whose VAT number another party has; `stored` maps VAT numbers to ids."""
    good, problems = [], []
    for draft in drafts:
        other = stored.get(draft.party.fields.get("vat_number", ""), draft.party.id)
        if other == draft.party.id:
            good.append(draft)
        else:
            column = columns.get("vat_number", "")
            problems.append(LineProblem(draft.line, column, "DUPLICATE_PARTY", other))
    return good, problems
