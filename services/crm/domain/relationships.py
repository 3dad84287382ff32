"""What parties are to each other: kinds with their two readings, periods, and the rules between them.

A relationship is read from its first party: it *works at*, *is a subsidiary of*, … the other one. It belongs
to the first party's file and is seen by who sees that: nobody learns of a person through the firm that
employs them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

COMPANY: Final = "company"
PERSON: Final = "person"
_EITHER: Final = (COMPANY, PERSON)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a relationship is read, in Italian and English."""

    it: str
    en: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of relationship: what the two parties may be, how it is read from each, the role that it
    gives.
    """

    party: tuple[str, ...]
    other: tuple[str, ...]
    forward: Reading
    backward: Reading
    #: Role that the first party has by it, "" for none.
    role: str = ""


KINDS: Final[Mapping[str, Kind]] = {
    "works_at": Kind(
        (PERSON,),
        (COMPANY,),
        Reading("lavora presso", "works at"),
        Reading("ha come collaboratore", "employs"),
    ),
    "contact_person_of": Kind(
        (PERSON,),
        _EITHER,
        Reading("è referente di", "is contact person of"),
        Reading("ha come referente", "has as contact person"),
    ),
    "subsidiary_of": Kind(
        (COMPANY,),
        (COMPANY,),
        Reading("è controllata da", "is a subsidiary of"),
        Reading("controlla", "is the parent of"),
    ),
    "dealer_of": Kind(
        _EITHER,
        _EITHER,
        Reading("è rivenditore di", "is a dealer of"),
        Reading("ha come rivenditore", "has as dealer"),
        role="dealer",
    ),
    "end_user_of": Kind(
        _EITHER,
        _EITHER,
        Reading("è utilizzatore finale di", "is an end user of"),
        Reading("ha come utilizzatore finale", "has as end user"),
        role="end_user",
    ),
    "agent_of": Kind(
        _EITHER,
        _EITHER,
        Reading("è agente di", "is an agent of"),
        Reading("ha come agente", "has as agent"),
    ),
}
#: Kinds by which a person belongs to a company.
BELONGING: Final = ("works_at", "contact_person_of")
SUBSIDIARY: Final = "subsidiary_of"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `since` to `until`, both included; None: unbounded."""

    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, since: str, until: str) -> Period:
        """Read two dates, empty for none."""
        return cls(*(date.fromisoformat(day) if day else None for day in (since, until)))

    @property
    def is_backwards(self) -> bool:
        """True if it ends before it begins."""
        return self.since is not None and self.until is not None and self.until < self.since

    def holds_on(self, day: date) -> bool:
        """True if the day is one of them."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def meets(self, other: Period) -> bool:
        """True if a day is in both."""
        return not self._ends_before(other) and not other._ends_before(self)

    def _ends_before(self, other: Period) -> bool:
        return self.until is not None and other.since is not None and self.until < other.since


@dataclass(frozen=True, slots=True)
class Relation:
    """A relationship, as the rules see it."""

    kind: str
    other_id: str
    period: Period


def collision(mine: Relation, others: Iterable[Relation]) -> str:
    """Return why a relationship cannot stand beside the party's others, "" if it can.

    The same thing cannot be said twice of a day, and a company has one parent at a time.
    """
    for other in others:
        if mine.kind == other.kind and mine.period.meets(other.period):
            if mine.other_id == other.other_id:
                return "RELATIONSHIP_TWICE"
            if mine.kind == SUBSIDIARY:
                return "TWO_PARENTS"
    return ""
