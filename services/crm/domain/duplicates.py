"""How likely two entries are of one company: what they have in common, weighed.

The weights follow from how people mistype, and were tried on generated dirty data (`tests/crm/companies.py`):
the figures are in `make bench`. The web client judges names by the same rule while its user types
(`gateway/web/src/screens/quick-add/duplicates.ts`); `duplicates.json` there holds both to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import permutations
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
#: From here on a name alone is enough: one slip in a word of five letters, one wrong letter in a word of ten.
_MISTYPED: Final = 0.9
#: Letters of two words of which the longer has five.
_LONG_ENOUGH: Final = 9
#: Below this nobody takes two words for one, and their exact figure does not matter.
_UNLIKE: Final = 0.7
#: Words of which every order is tried.
_REORDERED: Final = 3
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

        Words that both names have say little: many a "Carpenteria" is in Modena. What is left is compared
        word by word, and each pair has to be alike: a slip in "Carpenteria" makes no Rossi of a Bianchi.
        """
        if not self.asked_name or not self.stored_name:
            return 0.0
        asked, stored = Counter(self.asked_name.split()), Counter(self.stored_name.split())
        rest = list((asked - stored).elements()), list((stored - asked).elements())
        if not all(rest):
            # One name has a word more, or none: a short one may be half a legal form.
            return 1.0 if not any(rest) else 0.88 if len("".join(rest[0] + rest[1])) <= 4 else 0.8
        if len(rest[0]) != len(rest[1]):
            return _run_together(*rest)
        return _of_pairs(*rest)


def _run_together(asked: list[str], stored: list[str]) -> float:
    """Return how alike the words are when a space was forgotten or slipped; of their orders the best."""
    few, many = sorted((asked, stored), key=len)
    orders = permutations(many) if len(many) <= _REORDERED else [many]
    return max(_likeness("".join(few), "".join(order)) for order in orders)


def _of_pairs(asked: list[str], stored: list[str]) -> float:
    """Return how alike the words are, each paired with the one that is most like it."""
    found, left = 1.0, list(stored)
    for word in asked:
        alike, nearest = max((_likeness(word, other), other) for other in left)
        left.remove(nearest)
        found *= alike
    return found


@lru_cache(maxsize=4096)
def _likeness(left: str, right: str) -> float:
    """Return 1 less what it costs to make one word of the other, as a share of their letters.

    Four of five misspelt words differ by one letter too many, too few, wrong, or two that changed places
    (Damerau 1964, https://doi.org/10.1145/363958.363994). A wrong letter costs double: it makes another
    surname more often than a misspelt one (Conti, Conci). Another first letter costs one more: there people
    seldom err (Pollock and Zamora 1984, https://doi.org/10.1145/358027.358048).
    """
    letters = len(left) + len(right)
    # Letters that only one of them has are wrong in any case.
    least = sum(((Counter(left) - Counter(right)) + (Counter(right) - Counter(left))).values())
    if 1 - least / letters < _UNLIKE:
        return 1 - least / letters
    cost = _cost(left, right) + (left[0] != right[0])
    return max(1 - cost / letters, _MISTYPED if cost == 1 and letters >= _LONG_ENOUGH else 0)


def _cost(left: str, right: str) -> int:
    """Return the least sum of slips that make `right` of `left` (optimal string alignment)."""
    earlier: list[int] = []
    above = list(range(len(right) + 1))
    for i, mine in enumerate(left):
        row = [i + 1]
        for j, theirs in enumerate(right):
            cost = min(above[j] + 2 * (mine != theirs), above[j + 1] + 1, row[j] + 1)
            if i and j and mine == right[j - 1] and left[i - 1] == theirs:
                cost = min(cost, earlier[j - 1] + 1)
            row.append(cost)
        earlier, above = above, row
    return above[-1]


def likelihood(likeness: Likeness) -> int:
    """Return 0 to 100.

    A name that is only alike needs more the less it is alike: the same town, or the same domain. In another
    town it is another company.
    """
    name = likeness.name
    exact = max((_EXACT[kind] for kind in likeness.same if kind in _EXACT), default=0)
    points = PROPOSED * name / _MISTYPED if name < _MISTYPED else 100 - (1 - name) * 200
    if likeness.same_city:
        points += 4
    elif likeness.same_city is False:
        points -= 15 if name == 1 else 25
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
