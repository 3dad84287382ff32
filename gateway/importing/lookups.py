"""Parties that lines name: by id, code of the ERP or VAT number, else by a name that only one has."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Customers:
    """The parties that the user may see, by what names them."""

    by_key: Mapping[str, str] = field(default_factory=dict)
    by_name: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, parties: Iterable[Mapping[str, Any]]) -> Customers:
        """From the parties that the user may see."""
        by_key: dict[str, str] = {}
        by_name: dict[str, list[str]] = defaultdict(list)
        for party in parties:
            for key in (party["id"], party["erp_code"], party["vat_number"]):
                if key:
                    by_key[folded(key)] = party["id"]
            by_name[folded(party["name"])].append(party["id"])
        return cls(by_key, by_name)

    def find(self, text: str) -> tuple[str, str]:
        """Return the id of the party that a text names, or "" and why there is none."""
        if known := self.by_key.get(folded(text)):
            return known, ""
        named = self.by_name.get(folded(text), ())
        if len(named) == 1:
            return named[0], ""
        return "", "SEVERAL_CUSTOMERS" if named else "UNKNOWN_CUSTOMER"


def folded(text: str) -> str:
    """Return text as names are compared: small letters, without accents and needless spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def own_id(text: str) -> str:
    """Return the id that a text is, "" if it is another kind of code."""
    try:
        found = str(UUID(text))
    except ValueError:
        return ""
    return found if found == text.lower() else ""
