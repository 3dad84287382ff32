"""Why offers end as they do: the list that administrators keep, and the reasons that an installation begins
with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, Violation
from services.kit.records.lists import is_empty

#: Reason of offers that the clock expires.
VALIDITY_OVER: Final = "VALIDITY_OVER"

#: (outcome, code) -> Italian and English text.
STANDARD: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("lost", "PRICE"): ("Prezzo", "Price"),
    ("lost", "DELIVERY_TIME"): ("Tempi di consegna", "Delivery time"),
    ("lost", "TECHNICAL"): ("Motivi tecnici", "Technical reasons"),
    ("lost", "PAYMENT_TERMS"): ("Condizioni di pagamento", "Payment terms"),
    ("lost", "RELATIONSHIP"): ("Rapporto con il concorrente", "Relationship with the competitor"),
    ("lost", "NO_ANSWER"): ("Nessuna risposta", "No answer"),
    ("cancelled", "PROJECT_STOPPED"): ("Progetto fermato dal cliente", "Project stopped by the customer"),
    ("cancelled", "ENTERED_BY_MISTAKE"): ("Inserita per errore", "Entered by mistake"),
    ("cancelled", "NOT_FEASIBLE"): ("Non realizzabile", "Not feasible"),
    ("expired", VALIDITY_OVER): ("Validità scaduta", "Validity over"),
    ("suspended", "BUDGET"): ("In attesa di budget", "Waiting for the budget"),
    ("suspended", "CUSTOMER_DECIDES_LATER"): ("Decisione rimandata", "Decision put off"),
    ("won", "PRICE"): ("Prezzo", "Price"),
    ("won", "PRODUCT"): ("Prodotto", "Product"),
    ("won", "SERVICE"): ("Assistenza", "Service"),
    ("won", "DELIVERY_TIME"): ("Tempi di consegna", "Delivery time"),
    ("won", "RELATIONSHIP"): ("Rapporto con il cliente", "Relationship with the customer"),
}


def reason_id(outcome: str, code: str) -> str:
    """Return the id of a standard reason, the same in every installation."""
    return str(uuid5(NAMESPACE_URL, f"projectsales:offer-reason:{outcome}:{code}"))


def store_standard_reasons(uow: UnitOfWork) -> int:
    """Make the standard reasons where there is no reason at all; return how many were made."""
    if not is_empty(uow, "offers.reason"):
        return 0
    for position, (outcome, code) in enumerate(STANDARD, start=1):
        _make(uow, outcome, code, position)
    return len(STANDARD)


def validity_over(uow: UnitOfWork) -> Row:
    """Return the reason of offers that the clock expires, made if an administrator deleted it for good."""
    found = uow.get("offers.reason", reason_id("expired", VALIDITY_OVER))
    return found or _make(uow, "expired", VALIDITY_OVER, len(STANDARD) + 1)


def _make(uow: UnitOfWork, outcome: str, code: str, position: int) -> Row:
    italian, english = STANDARD[outcome, code]
    values = {"id": reason_id(outcome, code), "outcome": outcome, "code": code, "position": position * 10}
    return uow.create("offers.reason", {**values, "texts": {"en": english, "it": italian}})


def chosen_reason(uow: UnitOfWork, wanted_id: str, outcome: str) -> Row | None:
    """Return the reason that a command names, None if it names none.

    Raises:
        Invalid: INVALID_FIELDS with REFERENCE_NOT_FOUND, REASON_OF_OTHER_OUTCOME or REASON_INACTIVE.
    """
    if not wanted_id:
        return None
    found = uow.get("offers.reason", wanted_id)
    if found is None or found.values["deleted"]:
        raise _wrong("REFERENCE_NOT_FOUND", "no such reason")
    if found.values["outcome"] != outcome:
        raise _wrong("REASON_OF_OTHER_OUTCOME", f"a reason for {outcome} is expected")
    if found.values["inactive"]:
        raise _wrong("REASON_INACTIVE", "this reason is no longer in use")
    return found


def _wrong(reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_FIELDS", violations=[Violation("request.reason_id", reason, detail)])
