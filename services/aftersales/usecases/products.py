"""Machines at customers: what is checked when one is written, commissioned, retired or moved to another
party.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa

from services.aftersales.domain import transitions
from services.aftersales.domain.life import DATES, impossible_dates
from services.aftersales.usecases import warranties
from services.aftersales.usecases.coverage import judge_open_requests
from services.aftersales.usecases.times import changed_fields, day, plausible, refuse
from services.kit.company_time import company_date
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import Values
from services.kit.errors import Invalid, Violation
from services.kit.records.places import foreign_root
from services.kit.records.rules import CommandCall

PRODUCT, COMPONENT, ADDRESS = "aftersales.installed_product", "aftersales.component", "crm.address"
#: First half of the advisory locks on serial numbers.
_SERIAL_LOCK: Final = 1_396_788_296
_LOCK_SERIALS: Final = sa.text(
    "select pg_advisory_xact_lock(:half, hashtext(key)) from unnest(cast(:keys as text[])) as key"
)


def prepare_product(uow: UnitOfWork, row: Row) -> None:
    """Check dates, serial number and site; a machine with a day of commissioning is in service.

    Raises:
        Invalid: INVALID_FIELDS with DATE_IMPLAUSIBLE, BEFORE_DELIVERY, IN_THE_FUTURE, SERIAL_EXISTS,
            SITE_OF_ANOTHER_PARTY.
    """
    product = row.values
    product["serial_number"] = product["serial_number"].strip()
    known, changed = not row.is_new, changed_fields(row)
    if product["state"] == "unspecified":
        uow.move(row, transitions.INITIAL[transitions.PRODUCT], command="create")
    today = company_date(uow.now)
    dates = {field: day(product[field]) for field in DATES}
    violations = [Violation(field, reason) for field, reason in impossible_dates(dates, today=today)]
    if changed & {"site_id", "party_id", "end_user_id"} and not _is_site(uow, product):
        violations.append(Violation("site_id", "SITE_OF_ANOTHER_PARTY"))
    named = changed & {"serial_number", "article_code"} and product["serial_number"]
    if named and any(other.id != row.id for other in known_machines(uow, [product])):
        violations.append(Violation("serial_number", "SERIAL_EXISTS"))
    refuse(violations)
    if product["commissioned_on"] and product["state"] == "delivered":
        uow.move(row, "in_service", command="commission")
    if known and "party_id" in changed:
        _take_components_along(uow, row)


def known_machines(uow: UnitOfWork, wanted: Collection[Values]) -> list[Row]:
    """The machines that are not retired and have article and serial number of one of these.

    Until this transaction ends nobody else finds out the same and makes one of them.
    """
    keys = {(each["article_code"], each["serial_number"]) for each in wanted}
    locked = {"half": _SERIAL_LOCK, "keys": sorted("\n".join(key) for key in keys)}
    uow.connection.execute(_LOCK_SERIALS, locked)
    table = uow.tables[PRODUCT]
    serials = sorted({serial for _, serial in keys})
    found = uow.find(PRODUCT, table.c.serial_number.in_(serials) & (table.c.state != "retired"))
    return [row for row in found if (row.values["article_code"], row.values["serial_number"]) in keys]


def _is_site(uow: UnitOfWork, product: Values) -> bool:
    """True if the site is an address of the party or of the end user, or none is named."""
    if not product["site_id"]:
        return True
    address = foreign_root(uow, ADDRESS, product["site_id"])
    if address is None:
        return False
    here = {survivor(uow, product[name]) for name in ("party_id", "end_user_id") if product[name]}
    return survivor(uow, str(address["body"].get("party_id", ""))) in here


def survivor(uow: UnitOfWork, party_id: str) -> str:
    """The id of the party that stands for this one: itself, unless it was merged."""
    copy = foreign_root(uow, "crm.party", party_id) if party_id else None
    return str(copy["id"]) if copy is not None else party_id


def _take_components_along(uow: UnitOfWork, row: Row) -> None:
    """A machine that changes hands takes its parts along."""
    table = uow.tables[COMPONENT]
    for component in uow.find(COMPONENT, table.c.installed_product_id == row.id, lock=True):
        component.values["party_id"] = row.values["party_id"]


def settle_product(uow: UnitOfWork, product: Row) -> None:
    """Bring warranties, and what open requests say about them, in line with the machine's dates."""
    warranties.refresh(uow, product)
    judge_open_requests(uow, product)


def commission_product(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """The machine works at the customer's; warranties from commissioning begin.

    Raises:
        NotAllowedNow: WRONG_STATE.
        Invalid: INVALID_FIELDS with BEFORE_DELIVERY, IN_THE_FUTURE, DATE_IMPLAUSIBLE.
    """
    step = transitions.move(transitions.PRODUCT, "commission", row.values["state"])
    today = company_date(uow.made_at)
    text = call.request["commissioned_on"] or today.isoformat()
    row.values["commissioned_on"] = text
    violations = plausible(text, today=today, field="request.commissioned_on")
    if text > today.isoformat():
        violations.append(Violation("request.commissioned_on", "IN_THE_FUTURE"))
    if row.values["delivered_on"] and text < row.values["delivered_on"]:
        violations.append(Violation("request.commissioned_on", "BEFORE_DELIVERY"))
    refuse(violations)
    if step.target != row.values["state"]:
        uow.move(row, step.target, command="commission")
    settle_product(uow, row)


def retire_product(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """The machine is gone; its history stays.

    Raises:
        NotAllowedNow: WRONG_STATE.
        Invalid: REASON_MISSING.
    """
    step = transitions.move(transitions.PRODUCT, "retire", row.values["state"])
    reason = _reason(call)
    uow.move(row, step.target, command="retire", reason=reason)
    row.values["retired_on"] = company_date(uow.made_at).isoformat()


def extend_warranty(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Lengthen a warranty: every term by the same months, counted from its start.

    Raises:
        Invalid: REASON_MISSING.
    """
    extension = {
        "months": call.request["months"],
        "reason": _reason(call),
        "granted_on": company_date(uow.made_at).isoformat(),
        "granted_by": str(uow.actor.user_id or ""),
    }
    row.values["extensions"] = [*row.values["extensions"], extension]
    settle_product(uow, uow.require(PRODUCT, row.values["installed_product_id"]))


def _reason(call: CommandCall) -> str:
    reason = str(call.request["reason"]).strip()
    if not reason:
        raise Invalid("REASON_MISSING")
    return reason


def prepare_component(uow: UnitOfWork, row: Row) -> None:
    """A part stands where its machine stands.

    Raises:
        Invalid: INVALID_FIELDS with PRODUCT_OF_ANOTHER_PARTY, DATE_IMPLAUSIBLE, OUT_OF_RANGE (quantity).
    """
    component = row.values
    today = company_date(uow.now)
    violations = [
        violation
        for field in ("fitted_on", "removed_on", "delivered_on")
        for violation in plausible(component[field], today=today, field=field)
    ]
    if component["quantity"].startswith("-"):
        violations.append(Violation("quantity", "OUT_OF_RANGE"))
    violations += product_violations(uow, component, changed_fields(row))
    refuse(violations)


def product_violations(uow: UnitOfWork, values: Values, changed: Collection[str]) -> list[Violation]:
    """What is wrong with the machine that a part or request of a party names, if it names another one now."""
    product_id = values["installed_product_id"]
    if not product_id or not {"installed_product_id", "party_id"}.intersection(changed):
        return []
    product = uow.get(PRODUCT, product_id)
    if product is None:
        return [Violation("installed_product_id", "REFERENCE_NOT_FOUND")]
    same = survivor(uow, product.values["party_id"]) == survivor(uow, values["party_id"])
    used_here = product.values["end_user_id"] and product.values["end_user_id"] == values["party_id"]
    return [] if same or used_here else [Violation("installed_product_id", "PRODUCT_OF_ANOTHER_PARTY")]
