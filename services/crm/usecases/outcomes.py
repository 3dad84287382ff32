"""Codes of what comes of activities: the list that administrators keep, and the one that a company begins
with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, Violation
from services.kit.records.lists import check_texts, is_empty

NONE: Final = "none"
PROPOSED: Final = "proposed"
REQUIRED: Final = "required"


@dataclass(frozen=True, slots=True)
class Standard:
    """An outcome that every company begins with."""

    it: str
    en: str
    next_step: str = NONE
    next_kind: str = "unspecified"
    next_days: int = 0


#: (kind, code) -> the outcome.
STANDARD: Final[Mapping[tuple[str, str], Standard]] = {
    ("call", "INTERESTED"): Standard("Interessato", "Interested", PROPOSED, "visit", 7),
    ("call", "CALL_AGAIN"): Standard("Da richiamare", "To be called again", REQUIRED, "call", 14),
    ("call", "NOT_REACHED"): Standard("Non raggiunto", "Not reached", PROPOSED, "call", 1),
    ("call", "NOT_INTERESTED"): Standard("Non interessato", "Not interested"),
    ("visit", "OFFER_ASKED"): Standard("Chiede un'offerta", "Asks for an offer", REQUIRED, "task", 3),
    ("visit", "DEMONSTRATION_ASKED"): Standard(
        "Chiede una prova", "Asks for a demonstration", PROPOSED, "demonstration", 14
    ),
    ("visit", "RELATIONSHIP"): Standard("Visita di cortesia", "Courtesy visit", PROPOSED, "visit", 90),
    ("visit", "NOBODY_THERE"): Standard("Nessuno presente", "Nobody there", REQUIRED, "call", 1),
    ("visit", "NOT_INTERESTED"): Standard("Non interessato", "Not interested"),
    ("meeting", "AGREED"): Standard("Raggiunto un accordo", "Agreed", PROPOSED, "task", 3),
    ("meeting", "TO_BE_CONTINUED"): Standard("Da proseguire", "To be continued", REQUIRED, "meeting", 7),
    ("meeting", "DONE"): Standard("Svolta", "Held"),
    ("demonstration", "CONVINCED"): Standard("Prova superata", "Convinced", PROPOSED, "call", 3),
    ("demonstration", "DOUBTS"): Standard("Restano dubbi", "Doubts remain", REQUIRED, "call", 3),
    ("mail", "ANSWERED"): Standard("Ha risposto", "Answered"),
    ("mail", "NO_ANSWER"): Standard("Nessuna risposta", "No answer", PROPOSED, "call", 5),
    ("task", "DONE"): Standard("Fatto", "Done"),
    ("task", "NOT_NEEDED"): Standard("Non più necessario", "No longer needed"),
    ("other", "DONE"): Standard("Fatto", "Done"),
}


def outcome_id(kind: str, code: str) -> str:
    """Return the id of a standard outcome, the same in every installation."""
    return str(uuid5(NAMESPACE_URL, f"projectsales:activity-outcome:{kind}:{code}"))


def store_standard_outcomes(uow: UnitOfWork) -> int:
    """Make the standard outcomes where there is none at all; return how many were made."""
    if not is_empty(uow, "crm.outcome"):
        return 0
    for position, ((kind, code), each) in enumerate(STANDARD.items(), start=1):
        values = {"id": outcome_id(kind, code), "kind": kind, "code": code, "position": position * 10}
        rule = {name: getattr(each, name) for name in ("next_step", "next_kind", "next_days")}
        uow.create("crm.outcome", values | rule | {"texts": {"en": each.en, "it": each.it}})
    return len(STANDARD)


def prepare_outcome(uow: UnitOfWork, row: Row) -> None:
    """Require the texts in the two languages that every user has.

    Raises:
        Invalid: INVALID_FIELDS, TEXT_MISSING.
    """
    values = row.values
    if values["next_step"] == "unspecified":
        values["next_step"] = NONE
    check_texts(uow, row)


def chosen_outcome(uow: UnitOfWork, wanted_id: str, kind: str) -> Row | None:
    """Return the outcome that a command names, None if it names none.

    Raises:
        Invalid: INVALID_FIELDS with REFERENCE_NOT_FOUND, OUTCOME_OF_OTHER_KIND or OUTCOME_INACTIVE.
    """
    if not wanted_id:
        return None
    found = uow.get("crm.outcome", wanted_id)
    if found is None or found.values["deleted"]:
        raise _wrong("REFERENCE_NOT_FOUND", "no such outcome")
    if found.values["kind"] not in (kind, "unspecified"):
        raise _wrong("OUTCOME_OF_OTHER_KIND", f"an outcome of {kind} is expected")
    if found.values["inactive"]:
        raise _wrong("OUTCOME_INACTIVE", "this outcome is no longer in use")
    return found


def _wrong(reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_FIELDS", violations=[Violation("request.outcome_id", reason, detail)])
