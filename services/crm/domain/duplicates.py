"""How likely two entries are of one company: what they have in common, weighed.

The weights were set on generated dirty data (`tests/crm/companies.py`): the figures are in `make bench`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Final

#: From here on a party is proposed.
PROPOSED: Final = 70
#: Mailboxes of everybody: their domain says nothing about a company.
PUBLIC_DOMAINS: Final = frozenset(
    {
        "gmail.com", "googlemail.com", "libero.it", "hotmail.com", "hotmail.it", "outlook.com",
        "outlook.it", "yahoo.com", "yahoo.it", "icloud.com", "virgilio.it", "alice.it", "tin.it",
        "tiscali.it", "live.it", "live.com", "fastwebnet.it", "aruba.it", "pec.it", "legalmail.it",
        "pec.aruba.it", "gmx.de", "gmx.net", "web.de", "orange.fr", "wanadoo.fr", "protonmail.com",
    }
)  # fmt: skip
#: Likeness of the words that differ, with one or two letters wrong.
_MISTYPED: Final = 0.89
_EXACT: Final = {"vat_number": 100, "tax_code": 97, "email": 92, "phone": 88}
_LEGAL_FORMS: Final = frozenset(
    {
        "srl", "srls", "spa", "sapa", "sas", "snc", "ss", "scarl", "scrl", "coop", "soc", "societa", "ditta",
        "gmbh", "ag", "kg", "ltd", "llc", "inc", "sarl", "sa", "bv", "nv", "unipersonale",
        "c", "e", "di", "del", "della", "dei", "the", "and", "und", "fratelli", "flli",
    }
)  # fmt: skip
#: Abbreviation -> word, as they stand on invoices.
_LONG: Final = {
    "off": "officine", "officina": "officine", "mecc": "meccanica", "carp": "carpenteria", "costr":
    "costruzioni", "costruz": "costruzioni", "ind": "industrie", "industria": "industrie", "imp":
    "impianti", "az": "azienda",
}  # fmt: skip
_WORD: Final = re.compile(r"[a-z0-9]+")


def name_key(name: str) -> str:
    """Return a name as it is compared: words in small letters, sorted, without accents and legal form.

    "Officine NICCOLÒ & C. S.r.l." becomes "niccolo officine".
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    words = _WORD.findall(re.sub(r"[.'’`]", "", plain))
    kept = [_LONG.get(word, word) for word in words if word not in _LEGAL_FORMS]
    return " ".join(sorted(kept or words))


def party_keys(party: Mapping[str, Any]) -> dict[str, str]:
    """Return what a party is recognised by, by kind; "" for what it has not."""
    return {
        "name": name_key(party["name"]),
        "vat_number": party["vat_number"],
        "tax_code": party["tax_code"],
        "pec": party["pec"].lower(),
        "pec_domain": domain_of(party["pec"]),
    }


def contact_keys(point: Mapping[str, Any]) -> dict[str, str]:
    """Return what a contact point adds."""
    value = point["value"].lower()
    is_mail, is_phone = point["kind"] in ("email", "pec"), point["kind"] in ("phone", "mobile")
    return {
        "email": value if is_mail else "",
        "domain": domain_of(value) if is_mail else "",
        "phone": value if is_phone else "",
    }


def domain_of(email: str) -> str:
    """Return the domain that belongs to a company, "" for mailboxes of everybody."""
    domain = email.lower().partition("@")[2]
    return "" if domain in PUBLIC_DOMAINS else domain


@dataclass(slots=True)
class Likeness:
    """What a stored party has in common with what is being typed."""

    #: Keys of the names; "" where a name is not known.
    asked_name: str = ""
    stored_name: str = ""
    #: vat_number, tax_code, email, phone: the same; domain: of the e-mail address.
    same: set[str] = field(default_factory=set)
    #: Both are known and differ.
    other_vat_number: bool = False
    #: None: one of the two is not known.
    same_city: bool | None = None

    @property
    def name(self) -> float:
        """Return 0 to 1.

        Words that both names have say little: many a "Carpenteria" is in Modena. What is left is compared by
        the letters that stand in both in the same order.
        """
        if not self.asked_name or not self.stored_name:
            return 0.0
        asked, stored = Counter(self.asked_name.split()), Counter(self.stored_name.split())
        rest = " ".join((asked - stored).elements()), " ".join((stored - asked).elements())
        if not all(rest):
            # One name has a word more, or none: a short one may be half a legal form.
            return 1.0 if not any(rest) else 0.88 if len("".join(rest)) <= 4 else 0.8
        return SequenceMatcher(None, *rest, autojunk=False).ratio()


def likelihood(likeness: Likeness) -> int:
    """Return 0 to 100."""
    name = likeness.name
    exact = max((_EXACT[kind] for kind in likeness.same if kind in _EXACT), default=0)
    points = PROPOSED * name / _MISTYPED if name < _MISTYPED else 100 - (1 - name) * 200
    if likeness.same_city is not None:
        points += 6 if likeness.same_city else -15
    if "domain" in likeness.same:
        points += 45
    if likeness.other_vat_number:
        # Two companies of one group, or neighbours with a common name.
        points -= 40
    return max(exact, min(99, round(points)))


def because(likeness: Likeness) -> list[str]:
    """Return what speaks for it, the strongest first."""
    found = [kind for kind in (*_EXACT, "domain") if kind in likeness.same]
    return [*found, *(["name"] if likeness.name >= 0.7 else [])]
