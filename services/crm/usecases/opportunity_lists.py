"""The stages and reasons of opportunities: lists that administrators keep, and those that a company begins
with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from services.crm.domain.opportunities import OUTCOMES
from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, Violation
from services.kit.records.items import id_in
from services.kit.records.lists import is_empty, missing_texts

#: (state, code) -> Italian and English label, probability.
STAGES: Final[Mapping[tuple[str, str], tuple[str, str, int]]] = {
    ("open", "NEW"): ("Nuova", "New", 10),
    ("open", "QUALIFIED"): ("Qualificata", "Qualified", 25),
    ("quoting", "OFFER"): ("In offerta", "Offer in work", 50),
    ("quoting", "NEGOTIATION"): ("Trattativa", "Negotiation", 75),
    ("won", "WON"): ("Vinta", "Won", 100),
    ("lost", "LOST"): ("Persa", "Lost", 0),
    ("dropped", "DROPPED"): ("Abbandonata", "Dropped", 0),
}
#: (outcome, code) -> Italian and English text.
REASONS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("lost", "PRICE"): ("Prezzo", "Price"),
    ("lost", "DELIVERY_TIME"): ("Tempi di consegna", "Delivery time"),
    ("lost", "TECHNICAL"): ("Motivi tecnici", "Technical reasons"),
    ("lost", "RELATIONSHIP"): ("Rapporto con il concorrente", "Relationship with the competitor"),
    ("lost", "NO_ANSWER"): ("Nessuna risposta", "No answer"),
    ("dropped", "PROJECT_STOPPED"): ("Progetto fermato dal cliente", "Project stopped by the customer"),
    ("dropped", "NO_BUDGET"): ("Nessun budget", "No budget"),
    ("dropped", "NOT_OUR_FIELD"): ("Fuori dal nostro campo", "Not our field"),
}


def stage_id(code: str) -> str:
    """Return the id of a standard stage, the same in every installation."""
    return str(uuid5(NAMESPACE_URL, f"projectsales:opportunity-stage:{code}"))


def loss_reason_id(outcome: str, code: str) -> str:
    """Return the id of a standard reason, the same in every installation."""
    return str(uuid5(NAMESPACE_URL, f"projectsales:loss-reason:{outcome}:{code}"))


def store_standard_lists(uow: UnitOfWork) -> None:
    """Make the standard stages where there is no stage at all, and the reasons where there is none."""
    if is_empty(uow, "crm.opportunity_stage"):
        for position, ((state, code), (italian, english, probability)) in enumerate(STAGES.items(), start=1):
            values = {"id": stage_id(code), "state": state, "probability": probability}
            _make(uow, "crm.opportunity_stage", code, position, (italian, english), values)
    if is_empty(uow, "crm.loss_reason"):
        for position, ((outcome, code), texts) in enumerate(REASONS.items(), start=1):
            values = {"id": loss_reason_id(outcome, code), "outcome": outcome}
            _make(uow, "crm.loss_reason", code, position, texts, values)


def _make(
    uow: UnitOfWork, name: str, code: str, position: int, texts: tuple[str, str], values: dict[str, Any]
) -> None:
    italian, english = texts
    common = {"code": code, "position": position * 10, "texts": {"en": english, "it": italian}}
    uow.create(name, values | common)


def prepare_stage(uow: UnitOfWork, row: Row) -> None:
    """Require the labels that every user can read.

    Raises:
        Invalid: INVALID_FIELDS with TEXT_MISSING or REQUIRED.
    """
    _refuse([*missing_texts(row), *_unspecified(row, "state")])


def prepare_loss_reason(uow: UnitOfWork, row: Row) -> None:
    """Require the texts that every user can read, and an outcome that is explained.

    Raises:
        Invalid: INVALID_FIELDS with TEXT_MISSING or UNKNOWN_VALUE.
    """
    violations = missing_texts(row)
    if row.values["outcome"] not in OUTCOMES.values():
        known = ", ".join(sorted(OUTCOMES.values()))
        violations.append(Violation("outcome", "UNKNOWN_VALUE", f"one of these is expected: {known}"))
    _refuse(violations)


def _unspecified(row: Row, name: str) -> list[Violation]:
    return [Violation(name, "REQUIRED", "a value is expected")] if row.values[name] == "unspecified" else []


def _refuse(violations: list[Violation]) -> None:
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def first_stage(uow: UnitOfWork, state: str) -> str:
    """Return the id of the first stage in use of a state, "" where administrators keep none."""
    stage = uow.tables["crm.opportunity_stage"]
    query = (
        sa.select(stage.c.id)
        .where(stage.c.state == state, stage.c.inactive.is_(False), stage.c.deleted.is_(False))
        .order_by(stage.c.position, stage.c.id)
        .limit(1)
    )
    found = uow.connection.execute(query).scalar()
    return str(found) if found else ""


def chosen_stage(uow: UnitOfWork, wanted: str, field: str, states: tuple[str, ...]) -> Row:
    """Return the stage that is named at `field`.

    Raises:
        Invalid: INVALID_FIELDS with INVALID_ID, REFERENCE_NOT_FOUND, STAGE_OF_OTHER_STATE or STAGE_INACTIVE.
    """
    found = _named(uow, "crm.opportunity_stage", wanted, field)
    if found.values["state"] not in states:
        raise _wrong(field, "STAGE_OF_OTHER_STATE", f"it belongs to {found.values['state']}")
    if found.values["inactive"]:
        raise _wrong(field, "STAGE_INACTIVE", "this stage is no longer in use")
    return found


def chosen_reason(uow: UnitOfWork, wanted: str, outcome: str) -> Row:
    """Return the reason that a command names.

    Raises:
        Invalid: LOSS_REASON_MISSING; INVALID_FIELDS with INVALID_ID, REFERENCE_NOT_FOUND,
            REASON_OF_OTHER_OUTCOME or REASON_INACTIVE.
    """
    if not wanted:
        raise Invalid("LOSS_REASON_MISSING")
    found = _named(uow, "crm.loss_reason", wanted, "request.reason_id")
    if found.values["outcome"] != outcome:
        raise _wrong("request.reason_id", "REASON_OF_OTHER_OUTCOME", f"a reason for {outcome} is expected")
    if found.values["inactive"]:
        raise _wrong("request.reason_id", "REASON_INACTIVE", "this reason is no longer in use")
    return found


def _named(uow: UnitOfWork, name: str, wanted: str, field: str) -> Row:
    if not id_in(wanted):
        raise _wrong(field, "INVALID_ID", "a UUID is expected")
    found = uow.get(name, id_in(wanted))
    if found is None or found.values["deleted"]:
        raise _wrong(field, "REFERENCE_NOT_FOUND", f"no such {name}")
    return found


def _wrong(field: str, reason: str, detail: str) -> Invalid:
    return Invalid("INVALID_FIELDS", violations=[Violation(field, reason, detail)])
