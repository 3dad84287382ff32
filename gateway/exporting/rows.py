"""Records as rows of text, under headers that the import knows: what is exported can be brought in again.

parties        a party with its primary address, its numbers and addresses, its employer
others         a record with the name of its party, each field under its name in the contracts
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.importing.custom import CustomFields, shown
from services.kit.entities import BASE, Entity, Kind, entity
from services.kit.fields.definitions import CUSTOM

Record = Mapping[str, Any]

PARTY_COLUMNS: Final = (
    "id", "name", "given_name", "family_name", "kind", "roles", "status", "erp_code", "vat_number",
    "tax_code", "sdi_code", "pec", "country", "language", "website", "territory", "owner", "street",
    "postal_code", "city", "province", "email", "phone", "mobile", "employer", "function", "notes",
)  # fmt: skip
_PRIVATE: Final = "private_notes"
_ADDRESS: Final = ("street", "postal_code", "city", "province")
_POINTS: Final = ("email", "phone", "mobile")
#: Nobody reads them in a table.
_LEFT_OUT: Final = ("deleted", "custom", "created_by", "updated_by")


@dataclass(slots=True)
class Below:
    """What is shown with parties, by party: addresses, contact points by kind, employer."""

    addresses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    points: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    employers: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add_addresses(self, records: Iterable[Record]) -> None:
        """Keep each party's primary address: the legal one, else any."""
        legal: set[str] = set()
        for each in records:
            party_id = each["party_id"]
            is_legal = each["kind"] == "legal" and each["primary"]
            if is_legal or (party_id not in legal and party_id not in self.addresses):
                self.addresses[party_id] = tuple(each[name] for name in _ADDRESS)
            if is_legal:
                legal.add(party_id)

    def add_points(self, records: Iterable[Record]) -> None:
        """Keep each party's numbers and addresses, the primary one first."""
        for each in records:
            if each["kind"] in _POINTS:
                values = self.points[each["party_id"], each["kind"]]
                values.insert(0 if each["preferred"] else len(values), each["value"])

    def add_employers(self, records: Iterable[Record], names: Mapping[str, str]) -> None:
        """Keep for whom each person works, as far as that is one and is not over."""
        for each in records:
            if each["kind"] == "works_at" and not each["until"] and each["other_id"] in names:
                self.employers.setdefault(each["party_id"], (names[each["other_id"]], each["function"]))


@dataclass(frozen=True, slots=True)
class Directory:
    """Names of what parties name: territory -> code, user -> user name."""

    territories: Mapping[str, str]
    users: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PartyRows:
    """Parties as rows: which columns there are, and each party's."""

    custom: CustomFields
    directory: Directory

    def columns(self, facets: Sequence[str]) -> list[str]:
        """Return the columns; those of a facet only if it is asked for."""
        own = [_PRIVATE] if "private" in facets else []
        return [*PARTY_COLUMNS, *own, *custom_columns(self.custom, facets)]

    @property
    def all_columns(self) -> list[str]:
        """Every column that may be asked for by its name; one of a facet that its reader does not see is
        empty.
        """
        return self.columns(("private", *(each.facet for each in self.custom.fields.values())))

    def row(self, record: Record, below: Below) -> dict[str, str]:
        """Return a party by column, all of them."""
        more = {_PRIVATE: record.get(_PRIVATE, ""), **custom_cells(record, self.custom.fields)}
        return more | party_row(record, below, self.directory)


def custom_columns(fields: CustomFields, facets: Sequence[str]) -> list[str]:
    """Return a column for each custom field; those of a facet only if it is asked for."""
    return [name for name, each in fields.fields.items() if each.facet == BASE or each.facet in facets]


def custom_cells(record: Record, columns: Iterable[str]) -> dict[str, str]:
    """Return a record's custom values by column, as the import reads them."""
    values = record["custom"]
    return {name: shown(values.get(name.removeprefix(CUSTOM))) for name in columns}


def party_row(record: Record, below: Below, directory: Directory) -> dict[str, str]:
    """Return a party by column."""
    employer, function = below.employers.get(record["id"], ("", ""))
    address = below.addresses.get(record["id"], ("",) * len(_ADDRESS))
    row = {name: text_of(record[name]) for name in PARTY_COLUMNS if name in record}
    row |= dict(zip(_ADDRESS, address, strict=True))
    row |= {kind: "; ".join(below.points.get((record["id"], kind), ())) for kind in _POINTS}
    row |= {
        "territory": directory.territories.get(record["territory_id"], ""),
        "owner": directory.users.get(record["owner_id"], ""),
        # "state" is a province in files from elsewhere.
        "status": record["state"],
        "employer": employer,
        "function": function,
    }
    return row


def columns_of(entity_name: str, facets: Sequence[str]) -> list[str]:
    """Return the columns of an entity: its party's name after its id, then its fields; facets only if
    asked.
    """
    found: Entity = entity(entity_name)
    names = [
        name
        for name, each in found.fields.items()
        if name not in _LEFT_OUT
        and (each.facet == BASE or each.facet in facets)
        and each.kind is not Kind.MESSAGE
    ]
    return ["id", "party_name", *names[1:]]


def record_row(record: Record, columns: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    """Return a record by column; `names` are those of parties."""
    row = {name: text_of(record.get(name, "")) for name in columns if not name.startswith(CUSTOM)}
    row |= custom_cells(record, (name for name in columns if name.startswith(CUSTOM)))
    return row | {"party_name": names.get(record["party_id"], "")}


def text_of(value: Any) -> str:
    """Return a value of a record as text; several values are separated by semicolons."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(map(text_of, value))
    return "" if value is None else str(value)


def chosen(columns: Sequence[str], wanted: str) -> list[str]:
    """Return the columns that are named in `wanted`, separated by commas; all of them if it is empty.

    Raises:
        KeyError: one that there is not.
    """
    names = [name for piece in wanted.split(",") if (name := piece.strip())]
    for name in names:
        if name not in columns:
            raise KeyError(name)
    return names or list(columns)


def counted(rows: Iterable[Mapping[str, str]], every: int) -> Iterator[tuple[int, Mapping[str, str], bool]]:
    """Yield each row with its number, and whether it is time to say so."""
    for number, row in enumerate(rows, start=1):
        yield number, row, number % every == 0
