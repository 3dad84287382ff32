"""Where offers stood, and when: the time in each state, and the funnel as it was at the end of a day.

Both read the stored passages. Until its first passage an offer is a draft, from its creation on. Passages
count from when they were made, so what a device did without a network is where it belongs once it arrives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.kit.company_time import end_of
from services.kit.database import Database
from services.kit.entities import entity
from services.kit.errors import Forbidden
from services.kit.permissions import Access, condition
from services.kit.records.passages import Stay, stays_of
from services.kit.records.reading import Reader
from services.kit.schema import transition
from services.offers.domain.transitions import INITIAL, OFFER, STATES


@dataclass(frozen=True, slots=True)
class Stage:
    """The offers in one state, and their taxable amounts by currency."""

    state: str
    offers: int
    amounts: dict[str, Decimal]


def offer_history(database: Database, reader: Reader, access: Access, offer_id: str) -> list[Stay]:
    """Return the states of an offer in order.

    Raises:
        NotFound: RECORD_NOT_FOUND, also for what the caller may not see.
    """
    found = reader.get(access, entity("offers.offer"), offer_id)
    offer, record_id = database.tables["offers.offer"], UUID(found.id)
    with database.read() as connection:
        created = connection.execute(
            sa.select(offer.c.created_at).where(offer.c.id == record_id)
        ).scalar_one()
        first = Stay(INITIAL[OFFER], created, None, created)
        return stays_of(connection, "offers.offer", [record_id], {record_id: first})[record_id]


def funnel(database: Database, access: Access, *, day: date | None, now: datetime) -> list[Stage]:
    """Return the stages of the offers that the caller may see, as they were at the end of a day where the
    company is; None: as they are now.

    Each offer is worth the taxable amount of its accepted revision, else of its latest one of those days.

    Raises:
        Forbidden: NOT_GRANTED, for who may read no offer at all.
    """
    if not access.allows("offers", "read"):
        raise Forbidden("NOT_GRANTED", params={"entity": "offers.offer", "action": "read"})
    with database.read() as connection:
        rows = connection.execute(_funnel(database, access, end_of(day, now))).all()
    stages: dict[str, dict[str, tuple[int, Decimal]]] = {}
    for state, currency, count, taxable in rows:
        stages.setdefault(state, {})[currency or ""] = (count, taxable or Decimal(0))
    return [
        Stage(
            state,
            sum(count for count, _ in found.values()),
            {currency: taxable for currency, (_, taxable) in sorted(found.items()) if currency},
        )
        for state in STATES[OFFER]
        if (found := stages.get(state))
    ]


def _funnel(database: Database, access: Access, moment: datetime) -> sa.Select[Any]:
    offer, revision = database.tables["offers.offer"], database.tables["offers.revision"]
    last = (
        sa.select(transition.c.to_state)
        .where(
            transition.c.entity == "offers.offer",
            transition.c.record_id == offer.c.id,
            transition.c.made_at < moment,
        )
        .order_by(transition.c.made_at.desc(), transition.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    worth = (
        sa.select(revision.c.currency, revision.c.taxable)
        .where(
            revision.c.offer_id == offer.c.id,
            revision.c.deleted.is_(False),
            revision.c.created_at < moment,
        )
        .order_by((revision.c.id == offer.c.accepted_revision_id).desc().nulls_last())
        .order_by(revision.c.created_at.desc(), revision.c.id.desc())
        .limit(1)
        .lateral("worth")
    )
    visible = condition(access, entity("offers.offer"), "read", database.tables)
    stood = (
        sa.select(sa.func.coalesce(last, INITIAL[OFFER]).label("state"), worth.c.currency, worth.c.taxable)
        .select_from(offer.outerjoin(worth, sa.true()))
        .where(offer.c.deleted.is_(False), offer.c.created_at < moment, visible)
        .subquery()
    )
    return sa.select(stood.c.state, stood.c.currency, sa.func.count(), sa.func.sum(stood.c.taxable)).group_by(
        stood.c.state, stood.c.currency
    )
