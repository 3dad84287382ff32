"""Two parties become one: which value each field has afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Values = Mapping[str, Any]

#: Fields of which one value stays.
FIELDS: Final = (
    "owner_id", "team_id", "territory_id", "kind", "name", "given_name", "family_name", "vat_number",
    "tax_code", "sdi_code", "pec", "country", "language", "website", "erp_code", "credit_state",
    "payment_terms",
)  # fmt: skip
#: Fields that the ERP fills: they stay together, with the party that it knows.
_OF_ERP: Final = ("erp_code", "credit_state", "payment_terms")
#: A person's names stay together.
_WITH_NAME: Final = ("given_name", "family_name")
_SETS: Final = ("roles", "shared_with")
_TEXTS: Final = ("notes", "private_notes")
_EMPTY: Final = ("", "unspecified")
_RANK: Final = ("inactive", "prospect", "qualified", "customer")
#: Fields that a merge may be told to take from the other party.
TAKEABLE: Final = frozenset(FIELDS) - {*_OF_ERP, *_WITH_NAME}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which two parties differ, and what it becomes."""

    name: str
    mine: Any
    theirs: Any
    merged: Any


def merged_values(mine: Values, theirs: Values, take: Collection[str] = ()) -> dict[str, Any]:
    """Return the fields of the merged party: mine where there is one, theirs where `take` names the field.

    Sets are united, notes follow each other, custom fields are mine before theirs. A merged party is no
    prospect if one of the two is more.
    """
    merged = {
        name: theirs[name] if name in take or mine[name] in _EMPTY else mine[name]
        for name in FIELDS
        if name not in _OF_ERP and name not in _WITH_NAME
    }
    named = theirs if "name" in take or not mine["name"] else mine
    is_person = merged["kind"] == "person"
    merged |= {name: named[name] if is_person else "" for name in _WITH_NAME}
    known_to_erp = theirs if theirs["erp_code"] and not mine["erp_code"] else mine
    merged |= {name: known_to_erp[name] for name in _OF_ERP}
    merged |= {name: sorted({*mine[name], *theirs[name]}) for name in _SETS}
    if "customer" in merged["roles"]:
        merged["roles"] = [role for role in merged["roles"] if role != "prospect"]
    merged |= {name: _together(mine[name], theirs[name]) for name in _TEXTS}
    merged["custom"] = dict(sorted((theirs["custom"] | mine["custom"]).items()))
    merged["state"] = max(mine["state"], theirs["state"], key=_rank)
    return merged


def differences(mine: Values, theirs: Values) -> Iterator[Difference]:
    """Yield what a merge decides, by name."""
    for name, value in sorted(merged_values(mine, theirs).items()):
        if mine[name] != theirs[name]:
            yield Difference(name, mine[name], theirs[name], value)


def _rank(state: str) -> int:
    return _RANK.index(state) if state in _RANK else -1


def _together(mine: str, theirs: str) -> str:
    return "\n\n".join(dict.fromkeys(text for text in (mine, theirs) if text))
