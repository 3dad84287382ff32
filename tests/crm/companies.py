"""Companies as they are, and as people type them a second time; the same for the same seed."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass, replace

from tests.importing.dirty import vat_number

_ACTIVITIES = (
    "Officine", "Officina Meccanica", "Carpenteria", "Meccanica", "Torneria", "Stampi", "Lamiere",
    "Fonderia", "Impianti", "Costruzioni", "Automazioni", "Idraulica", "Elettromeccanica", "Trasporti",
    "Utensileria", "Serramenti", "Falegnameria", "Cartiera", "Tipografia", "Pastificio", "Caseificio",
    "Cantine", "Ceramiche", "Marmi", "Tessitura", "Maglificio", "Calzaturificio", "Conceria",
    "Vetreria", "Plastica",
)  # fmt: skip
_STARTS = (
    "Al", "An", "Ar", "Ba", "Be", "Bo", "Bru", "Ca", "Ce", "Co", "Cri", "Da", "De", "Do", "Fa", "Fe",
    "Fi", "Fra", "Ga", "Ge", "Gi", "Gra", "La", "Le", "Lo", "Ma", "Me", "Mi", "Mo", "Na", "Ne", "Ol",
    "Or", "Pa", "Pe", "Pi", "Ra", "Re", "Ro", "Sa", "Se", "Si", "Ta", "Te", "To", "Tra", "Va", "Ve",
    "Vi", "Za",
)  # fmt: skip
_MIDDLES = (
    "ba", "bel", "ber", "ca", "cchi", "co", "dal", "del", "di", "fa", "ga", "gli", "gno", "la", "li",
    "lo", "man", "mi", "na", "ne", "nel", "ni", "pa", "po", "ra", "re", "ri", "ro", "sco", "se", "si",
    "sta", "ta", "te", "ti", "to", "va", "ve", "vi", "zza",
)  # fmt: skip
_ENDS = (
    "ni",
    "ri",
    "tti",
    "lli",
    "schi",
    "sso",
    "zzi",
    "nna",
    "rdi",
    "gni",
    "ti",
    "no",
    "ro",
    "to",
    "di",
    "llo",
)
_FORMS = ("S.r.l.", "S.p.A.", "S.n.c.", "S.a.s.", "srl", "SPA")
_CITIES = ("Verona", "Modena", "Torino", "Bari", "Brescia", "Vicenza", "Parma", "Napoli", "Catania", "Udine")
_SHORT = {
    "Officine": "Off.",
    "Officina Meccanica": "Off. Mecc.",
    "Meccanica": "Mecc.",
    "Costruzioni": "Costr.",
    "Carpenteria": "Carp.",
}


@dataclass(frozen=True, slots=True)
class Company:
    """One company, as somebody wrote it."""

    name: str
    vat_number: str
    city: str
    email: str
    phone: str


def _surname(draw: random.Random) -> str:
    middle = "".join(draw.choice(_MIDDLES) for _ in range(draw.choice((1, 2, 2, 3))))
    return draw.choice(_STARTS) + middle + draw.choice(_ENDS)


def company(number: int, draw: random.Random) -> Company:
    """Return a company; many share an activity, some a surname."""
    surname = _surname(draw)
    parts = [draw.choice(_ACTIVITIES), surname]
    if draw.random() < 0.3:
        parts.append(_surname(draw))
    if draw.random() < 0.2:
        parts = [surname, draw.choice(("Group", "Industrie", "Macchine", "Service"))]
    domain = f"{surname.lower()}{number % 1000}.example"
    return Company(
        name=f"{' '.join(parts)} {draw.choice(_FORMS)}",
        vat_number=vat_number(number),
        city=draw.choice(_CITIES),
        email=f"info@{domain}",
        phone=f"+39045{7_000_000 + number}",
    )


def typed_again(real: Company, draw: random.Random) -> Company:
    """Return the company as it is entered a second time: misspelt, abbreviated, half of it left out, one in
    twenty with another of its towns.
    """
    name = real.name
    for each in draw.sample((_typo, _other_form, _shortened, _swapped, _shouted), draw.choice((1, 1, 2))):
        name = each(name, draw)
    person = draw.choice(("info", "mario.rossi", "acquisti"))
    email = f"{person}@{real.email.partition('@')[2]}"
    return replace(
        real,
        name=name,
        vat_number=real.vat_number if draw.random() < 0.4 else "",
        city=_town(real.city, draw),
        email=email if draw.random() < 0.4 else "",
        phone=real.phone.replace("+39", "0039 ") if draw.random() < 0.4 else "",
    )


def _town(city: str, draw: random.Random) -> str:
    said = draw.random()
    if said < 0.65:
        return city
    return draw.choice(_CITIES) if said < 0.7 else ""


def _typo(name: str, draw: random.Random) -> str:
    """Make one of the four mistakes that most misspelt words have (Damerau 1964)."""
    at = draw.randrange(1, len(name) - 1)
    kind = draw.choice(("drop", "double", "swap", "wrong"))
    if kind == "wrong":
        return name[:at] + draw.choice(string.ascii_lowercase) + name[at + 1 :]
    if kind == "drop":
        return name[:at] + name[at + 1 :]
    if kind == "double":
        return name[:at] + name[at] + name[at:]
    return name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]


def _other_form(name: str, draw: random.Random) -> str:
    return f"{name.rpartition(' ')[0]} {draw.choice(('', 'SRL', 'S.R.L.', 'spa', '& C. snc'))}".strip()


def _shortened(name: str, draw: random.Random) -> str:
    for long, short in _SHORT.items():
        if name.startswith(f"{long} "):
            return short + name[len(long) :]
    return name


def _swapped(name: str, draw: random.Random) -> str:
    words = name.split()
    return " ".join([*words[1:-1], words[0], words[-1]])


def _shouted(name: str, draw: random.Random) -> str:
    return name.upper()
