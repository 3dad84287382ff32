"""Revisions: numbering, pricing, freezing, and the next one made from an earlier one."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sales.offers.v1 import events_pb2

from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import Values, time_text
from services.kit.errors import Invalid, NotAllowedNow, Violation
from services.kit.records.rules import CommandCall
from services.offers.domain.charges import SPREAD
from services.offers.domain.contents import missing_for_freezing
from services.offers.domain.documents import freeze_records, spread_fields, unspread_fields
from services.offers.domain.snapshot import Snapshot
from services.offers.storage.tables import snapshot as snapshot_table
from services.offers.usecases.pricing import parts_of, price, unit_costs
from services.offers.usecases.states import can, move

_CLOSED_OFFER = ("accepted", "ordered", "changed", "cancelled")
#: What the customer can accept.
_LIVE = ("frozen", "signed", "sent")
#: Set anew on a revision that is made from another.
_NOT_COPIED = {
    "id", "version", "created_at", "created_by", "updated_at", "updated_by", "ordinal", "alternative",
    "state", "sha256", "previous_sha256", "frozen_at", "based_on_id", "owner_id", "sending_id",
    "sending_failure", "sent_at", "sent_to",
}  # fmt: skip


def prepare_revision(uow: UnitOfWork, row: Row) -> None:
    """Begin a revision as the first draft of its alternative.

    Raises:
        NotAllowedNow: REVISION_EXISTS, the next revision is made by :revise.
    """
    revision = row.values
    revision["currency"] = revision["currency"] or "EUR"
    revision["language"] = revision["language"] or "it"
    if not row.is_new or revision["ordinal"]:
        return
    uow.get("offers.offer", revision["offer_id"], lock=True)
    if _of_alternative(uow, revision["offer_id"], revision["alternative"], but=row):
        raise NotAllowedNow("REVISION_EXISTS", params={"alternative": revision["alternative"]})
    revision["ordinal"] = 1
    revision["state"] = "draft"


def guard_revision(uow: UnitOfWork, row: Row) -> None:
    """Refuse to change what is frozen, or anything of an offer that became an order.

    Raises:
        NotAllowedNow: REVISION_NOT_DRAFT, OFFER_CLOSED.
    """
    offer = uow.get("offers.offer", row.values["offer_id"])
    if offer is not None and offer.values["state"] in _CLOSED_OFFER:
        raise NotAllowedNow("OFFER_CLOSED", params={"state": offer.values["state"]})
    if not row.is_new and row.values["state"] not in ("draft", "unspecified"):
        raise NotAllowedNow("REVISION_NOT_DRAFT", params={"state": row.values["state"]})


def guard_part(uow: UnitOfWork, row: Row) -> None:
    """Refuse to change lines and charges of a revision that is not a draft.

    Raises:
        NotAllowedNow: REVISION_NOT_DRAFT, OFFER_CLOSED.
    """
    revision = uow.get("offers.revision", row.values["revision_id"])
    if revision is not None:
        guard_revision(uow, revision)


def delete_revision(uow: UnitOfWork, row: Row) -> None:
    """A draft goes with its lines and charges."""
    for entity in ("offers.line", "offers.charge"):
        for part in uow.children(entity, row.id):
            part.values["deleted"] = True


def freeze_revision(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Fix a draft for ever: snapshot, hash, chained to the revision before it.

    Raises:
        NotAllowedNow: TRANSITION_NOT_ALLOWED, CHARGE_WITHOUT_LINES, SPREAD_STALE, REVISION_EMPTY.
        Invalid: HASH_DIFFERS, the device that froze it computed another hash.
    """
    offer = uow.require("offers.offer", row.values["offer_id"], lock=True)
    inputs, totals = price(uow, row)
    lines, charges = parts_of(uow, row)
    if not lines:
        raise NotAllowedNow("REVISION_EMPTY")
    move(uow, row, "freeze", missing=missing_for_freezing(totals, inputs))
    frozen = freeze_records(
        row.values,
        offer.values,
        [line.values for line in lines],
        [charge.values for charge in charges],
        previous_sha256=_previous_hash(uow, row),
        unit_costs=unit_costs(lines),
    )
    if call.request["sha256"] and call.request["sha256"] != frozen.sha256:
        raise Invalid("HASH_DIFFERS", params={"here": frozen.sha256, "there": call.request["sha256"]})
    row.values["sha256"] = frozen.sha256
    row.values["previous_sha256"] = frozen.previous_sha256
    row.values["frozen_at"] = time_text(uow.now)
    _store_snapshot(uow, row, frozen)
    for earlier in _of_alternative(uow, offer.id, row.values["alternative"], but=row):
        if can(earlier, "supersede"):
            move(uow, earlier, "supersede")
    move(uow, offer, "freeze")
    uow.emit(
        events_pb2.RevisionFrozen(revision_id=row.id, offer_id=offer.id, sha256=frozen.sha256), subject=row.id
    )


def revise_revision(uow: UnitOfWork, row: Row, call: CommandCall) -> Row:
    """Make the next draft from any revision, its lines and charges included; return the draft.

    Signatures, hashes and states never carry over.

    Raises:
        NotAllowedNow: OFFER_CLOSED, DRAFT_EXISTS (finish or delete that one first).
        Invalid: INVALID_FIELDS (`revision_id`), ALREADY_EXISTS.
    """
    offer = uow.require("offers.offer", row.values["offer_id"], lock=True)
    if offer.values["state"] in _CLOSED_OFFER:
        raise NotAllowedNow("OFFER_CLOSED", params={"state": offer.values["state"]})
    alternative = call.request["alternative"] or row.values["alternative"]
    siblings = _of_alternative(uow, offer.id, alternative, but=None)
    if any(sibling.values["state"] == "draft" for sibling in siblings):
        raise NotAllowedNow("DRAFT_EXISTS", params={"alternative": alternative})
    draft = _copy(uow, row, _new_id(uow, call))
    draft.values.update(
        alternative=alternative,
        ordinal=max((sibling.values["ordinal"] for sibling in siblings), default=0) + 1,
        state="draft",
        based_on_id=row.id,
    )
    if can(offer, "revise"):
        move(uow, offer, "revise")
    _spread_again(uow, row, draft)
    price(uow, draft)
    return draft


def withdraw_revision(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Take a revision back. If it was the last that the customer could accept, its offer is in work again.

    Raises:
        NotAllowedNow: TRANSITION_NOT_ALLOWED.
    """
    offer = uow.require("offers.offer", row.values["offer_id"], lock=True)
    move(uow, row, "withdraw")
    others = uow.children("offers.revision", offer.id)
    if can(offer, "withdraw") and not any(other.values["state"] in _LIVE for other in others):
        move(uow, offer, "withdraw")


def _new_id(uow: UnitOfWork, call: CommandCall) -> str:
    asked = call.request["revision_id"]
    if not asked:
        return str(uuid5(UUID(call.change_id), "revision"))
    try:
        new_id = str(UUID(asked))
    except ValueError as error:
        violation = Violation("request.revision_id", "INVALID_ID", "a UUID is expected")
        raise Invalid("INVALID_FIELDS", violations=[violation]) from error
    if uow.get("offers.revision", new_id) is not None:
        raise Invalid("ALREADY_EXISTS", params={"id": new_id})
    return new_id


def _copy(uow: UnitOfWork, row: Row, new_id: str) -> Row:
    """Copy a revision with its parts; each line names its origin, charges serve the copies."""
    owner_id = str(uow.actor.user_id or row.values["owner_id"])
    draft = uow.create("offers.revision", _copied(row.values) | {"id": new_id, "owner_id": owner_id})
    lines, charges = parts_of(uow, row)
    above = {"revision_id": new_id, "owner_id": owner_id}
    new_ids = {part.id: str(uuid5(UUID(new_id), part.id)) for part in (*lines, *charges)}
    for line in lines:
        origin = line.values["origin_id"] or line.id
        copy = {"id": new_ids[line.id], "origin_id": origin, **above}
        uow.create("offers.line", _copied(line.values) | copy)
    for charge in charges:
        serves = sorted(new_ids[line_id] for line_id in charge.values["serves"])
        copy = {"id": new_ids[charge.id], "serves": serves, **above}
        uow.create("offers.charge", _copied(charge.values) | _without_run(charge) | copy)
    return draft


def _without_run(charge: Row) -> dict[str, Any]:
    """The run names lines of the old revision; it is made anew for the copies."""
    return {**unspread_fields(), "mode": charge.values["mode"]}


def _spread_again(uow: UnitOfWork, row: Row, draft: Row) -> None:
    """Spread in the draft what was spread when it was copied; what was stale there stays to be done here."""
    stale = set(row.values["stale_charge_ids"])
    lines, charges = parts_of(uow, draft)
    new_ids = {part.id: str(uuid5(UUID(draft.id), part.id)) for part in parts_of(uow, row)[0]}
    for charge in uow.children("offers.charge", row.id):
        if charge.values["mode"] != SPREAD or not charge.values["spread_inputs"] or charge.id in stale:
            continue
        copy = uow.require("offers.charge", str(uuid5(UUID(draft.id), charge.id)))
        weights = {new_ids[share["line_id"]]: share["weight"] for share in charge.values["spread_shares"]}
        fields = spread_fields(
            draft.values,
            [line.values for line in lines],
            [each.values for each in charges],
            copy.id,
            charge.values["spread_method"],
            weights=weights,
            unit_costs=unit_costs(lines),
        )
        copy.values.update(fields)


def _copied(values: Values) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in _NOT_COPIED}


def _of_alternative(uow: UnitOfWork, offer_id: str, alternative: str, *, but: Row | None) -> list[Row]:
    return [
        row
        for row in uow.children("offers.revision", offer_id)
        if row.values["alternative"] == alternative and row is not but
    ]


def _previous_hash(uow: UnitOfWork, row: Row) -> str:
    """Return the hash of the latest frozen revision before this one, along the line it was made from."""
    based_on = row.values["based_on_id"]
    while based_on:
        before = uow.get("offers.revision", based_on)
        if before is None:
            return ""
        if before.values["sha256"]:
            return str(before.values["sha256"])
        based_on = before.values["based_on_id"]
    return ""


def _store_snapshot(uow: UnitOfWork, row: Row, frozen: Snapshot) -> None:
    uow.connection.execute(
        sa.insert(snapshot_table).values(
            revision_id=UUID(row.id),
            public=frozen.public.decode(),
            sha256=frozen.sha256,
            previous_sha256=frozen.previous_sha256,
            internal=frozen.internal.decode(),
            internal_sha256=frozen.internal_sha256,
            frozen_at=uow.now,
        )
    )
