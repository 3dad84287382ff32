"""Parties: what is derived and checked when one is written, and their registration with the ERP."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sales.crm.v1 import events_pb2
from sales.erp.v1 import events_pb2 as erp_pb2

from services.crm.domain.states import PARTY, target_of
from services.crm.usecases import identifiers
from services.crm.usecases.relationships import check_kind
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import Values
from services.kit.errors import Invalid, NotAllowedNow, Violation
from services.kit.records.copies import user_of


def prepare_party(uow: UnitOfWork, row: Row) -> None:
    """Fill in defaults and store identifiers in one form.

    Raises:
        Invalid: INVALID_FIELDS, with every identifier that is wrong, NAMES_OF_A_PERSON,
        NAME_FOLLOWS_FROM_PARTS.
        NotAllowedNow: RELATIONSHIPS_DO_NOT_FIT, a company is to be a person, or the reverse.
    """
    party = row.values
    if row.is_new:
        party["territory_id"] = party["territory_id"] or _own_territory(uow)
        party["state"] = "prospect"
        party["roles"] = party["roles"] or ["prospect"]
        party["language"] = party["language"] or "it"
    if party["kind"] == "unspecified":
        party["kind"] = "company"
    checks: dict[str, Callable[[], str]] = {
        "country": lambda: identifiers.country_code(party["country"]),
        "vat_number": lambda: identifiers.vat_number(party["vat_number"], party["country"].strip().upper()),
        "tax_code": lambda: identifiers.tax_code(party["tax_code"]),
        "sdi_code": lambda: identifiers.sdi_code(party["sdi_code"]),
        "pec": lambda: identifiers.email(party["pec"], "pec"),
    }
    violations = [*name_person(party, row.stored)]
    for field, check in checks.items():
        try:
            party[field] = check()
        except Invalid as error:
            violations.extend(error.violations)
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    if row.stored and party["kind"] != row.stored["kind"]:
        check_kind(uow, row.id, party["kind"])


def name_person(party: Values, stored: Values) -> Iterator[Violation]:
    """Write a person's name as given and family name, where these are known; yield what does not fit."""
    parts = {name: party[name].strip() for name in ("given_name", "family_name")}
    party |= parts
    full = " ".join(filter(None, parts.values()))
    if not full:
        return
    if party["kind"] != "person":
        yield Violation(next(name for name, text in parts.items() if text), "NAMES_OF_A_PERSON")
    elif not stored or any(stored[name] != text for name, text in parts.items()):
        party["name"] = full
    elif party["name"] != full:
        yield Violation("name", "NAME_FOLLOWS_FROM_PARTS")


def _own_territory(uow: UnitOfWork) -> str:
    """Return where the author works: a new prospect belongs there unless somebody says otherwise."""
    territories = user_of(uow, uow.actor.user_id).get("territory_ids") or [""]
    return str(territories[0])


def prepare_contact_point(uow: UnitOfWork, row: Row) -> None:
    """Store addresses and numbers in one form.

    Raises:
        Invalid: INVALID_FIELDS.
    """
    point = row.values
    if point["kind"] in ("email", "pec"):
        point["value"] = identifiers.email(point["value"], "value")
    elif point["kind"] in ("phone", "mobile"):
        party = uow.get("crm.party", point["party_id"]) if point["party_id"] else None
        country = party.values["country"] if party is not None else "IT"
        point["value"] = identifiers.phone(point["value"], country, "value")


def prepare_address(uow: UnitOfWork, row: Row) -> None:
    """Store the country as two letters.

    Raises:
        Invalid: INVALID_FIELDS.
    """
    row.values["country"] = identifiers.country_code(row.values["country"])


def request_registration(uow: UnitOfWork, *, party_id: str) -> None:
    """Ask the ERP to register a party before its first order; nothing if it is registered already."""
    party = uow.get("crm.party", party_id)
    if party is None or party.values["erp_code"]:
        return
    addresses = [row.values for row in uow.children("crm.address", party.id)]
    names = ("name", "vat_number", "tax_code", "sdi_code", "pec", "country")
    places = ("kind", "street", "postal_code", "city", "province", "country")
    uow.emit(
        events_pb2.PartyRegistrationRequested(
            party_id=party.id,
            **{name: party.values[name] for name in names},
            addresses=[events_pb2.PartyAddress(**{name: a[name] for name in places}) for a in addresses],
        ),
        subject=party.id,
    )


def record_registration(uow: UnitOfWork, event: erp_pb2.PartyRegistered) -> None:
    """Keep what the ERP answered: the customer's code, credit and terms. A prospect becomes a customer.

    Raises:
        NotFound: RECORD_NOT_FOUND, the ERP registered a party that we do not have.
    """
    party = uow.require("crm.party", event.party_id, lock=True)
    values = party.values
    values["erp_code"] = event.customer_code
    values["credit_state"] = event.credit_state or "open"
    values["payment_terms"] = event.payment_terms
    values["roles"] = sorted({*values["roles"], "customer"} - {"prospect"})
    target = target_of(PARTY, "register", values["state"])
    if target != values["state"]:
        uow.move(party, target, command="register")


def guard_party(uow: UnitOfWork, row: Row) -> None:
    """Refuse to bring an erased person back.

    Raises:
        NotAllowedNow: RECORD_ERASED.
    """
    if row.values["state"] == "erased":
        raise NotAllowedNow("RECORD_ERASED")
