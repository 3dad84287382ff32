"""The questions behind the figures of selling, each within what the caller may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from services.crm.storage.tables import (
    activity,
    expense,
    figure_source,
    opportunity,
    party,
    selling_rate,
    timeline_entry,
)
from services.kit.config import settings
from services.kit.entities import entity
from services.kit.permissions import Access, condition, facet_conditions
from services.kit.schema import record_alias, root_scope

COST: Final = "cost"
_ACCEPTED: Final = ("accepted", "ordered", "changed")
_OVER: Final = ("lost", "expired", "cancelled")
#: Lines of the timeline that tell of a contact with the party.
_CONTACTS: Final = ("activity_done", "mail_received", "mail_sent")

Query = sa.Select[Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what. `by`: seller, customer or area; `ends` is no longer of the time."""

    tables: Mapping[str, sa.Table]
    access: Access
    by: str
    begins: datetime | None
    ends: datetime | None
    #: "" for all of them.
    party_id: str

    def sees_costs(self) -> bool:
        """Whether there may be a cost that the caller sees: of what is sold and of what selling takes."""
        return self.access.is_system or all(
            COST in self.access.facets(group, "read") for group in ("crm", "offers", "crm_setup")
        )

    def within(self, moment: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Return the condition that a moment is of the time that is asked for."""
        bounds = [moment >= self.begins] if self.begins else []
        bounds += [moment < self.ends] if self.ends else []
        return sa.and_(sa.true(), *bounds)

    def key(self, table: sa.FromClause) -> sa.ColumnElement[Any]:
        """Return what a row is told under."""
        if self.by == "seller":
            return table.c.owner_id
        return table.c.party_id if self.by == "customer" else party.c.territory_id

    def is_asked(self, party_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Return the condition that a record is of the party that is asked for, by any of its ids."""
        if not self.party_id:
            return sa.true()
        wanted = sa.literal(self.party_id, sa.Uuid(as_uuid=False))
        merged = sa.select(record_alias.c.id).where(record_alias.c.survivor_id == wanted)
        # As an array: "this or one of those" is answered by reading everything, an array by an index.
        ids = sa.func.array(sa.union_all(sa.select(wanted), merged).scalar_subquery())
        return party_id == sa.any_(ids)


def _costs_of(asked: Asked, name: str, catalogue: Mapping[str, sa.FromClause]) -> sa.ColumnElement[bool]:
    """Return the rows whose cost the caller may see."""
    if not asked.sees_costs():
        return sa.false()
    found = facet_conditions(asked.access, entity(name), "read", catalogue)
    return sa.true() if asked.access.is_system else found.get(COST, sa.false())


def _took_place() -> sa.ColumnElement[Any]:
    """Return when an activity was done: its end, else its start, else by when it was due."""
    whole_days = (
        sa.func.timezone(settings().company_time_zone, sa.cast(activity.c[name], sa.DateTime))
        for name in ("ends_on", "starts_on")
    )
    times = (activity.c.ends_at, activity.c.starts_at, *whole_days, activity.c.due_at, activity.c.created_at)
    return sa.func.coalesce(*times)


def _done(asked: Asked) -> sa.ColumnElement[bool]:
    """Return the condition that an activity is done, asked for, and the caller's to see."""
    return sa.and_(
        activity.c.deleted.is_(False),
        activity.c.state == "done",
        asked.within(_took_place()),
        asked.is_asked(activity.c.party_id),
        condition(asked.access, entity("crm.activity"), "read", asked.tables),
    )


def activities(asked: Asked) -> Query:
    """Return the done activities by key and currency of the rate; costs of time in minutes x rate."""
    minutes, kilometres = _minutes(), sa.func.coalesce(activity.c.kilometres, 0)
    seller = root_scope.alias("seller")
    rate = _rate(seller, _took_place())
    has_rate = sa.and_(
        sa.or_(minutes == 0, rate.c.hourly_rate.is_not(None)),
        sa.or_(kilometres == 0, rate.c.kilometre_rate.is_not(None)),
    )
    seen = _costs_of(asked, "crm.activity", asked.tables)
    key = asked.key(activity)
    return (
        sa.select(
            key.label("key"),
            rate.c.currency,
            sa.func.count().label("count"),
            sa.func.count().filter(activity.c.kind == "visit").label("visits"),
            sa.func.sum(minutes).label("minutes"),
            sa.func.sum(kilometres).label("kilometres"),
            sa.func.sum(minutes * rate.c.hourly_rate).label("time_cost"),
            sa.func.sum(kilometres * rate.c.kilometre_rate).label("distance_cost"),
            sa.func.bool_and(sa.and_(sa.func.coalesce(seen, sa.false()), has_rate)).label("is_costed"),
        )
        .select_from(
            # Work without a party is somebody's all the same.
            activity.outerjoin(party, party.c.id == activity.c.party_id)
            .outerjoin(
                seller, sa.and_(seller.c.entity == "identity.user", seller.c.id == activity.c.owner_id)
            )
            .outerjoin(rate, sa.true())
        )
        .where(_done(asked))
        .group_by(key, rate.c.currency)
    )


def expenses(asked: Asked) -> Query:
    """Return what was spent on the done activities, by key and currency."""
    key = asked.key(activity)
    return (
        sa.select(key.label("key"), expense.c.currency, sa.func.sum(expense.c.amount).label("amount"))
        .select_from(
            expense.join(activity, activity.c.id == expense.c.activity_id).outerjoin(
                party, party.c.id == activity.c.party_id
            )
        )
        .where(expense.c.deleted.is_(False), _done(asked))
        .group_by(key, expense.c.currency)
    )


def _minutes() -> sa.ColumnElement[Any]:
    """Return what an activity took: what somebody said, else its times."""
    lasted = sa.func.extract("epoch", activity.c.ends_at - activity.c.starts_at)
    said = sa.func.nullif(activity.c.minutes, 0)
    return sa.func.coalesce(said, sa.cast(lasted / 60, sa.Numeric), 0)


def _rate(seller: sa.FromClause, took_place: sa.ColumnElement[Any]) -> sa.FromClause:
    """Return what an activity costs: the rate of one of its owner's roles, else the general one; the one that
    began last by then, then the dearest.
    """
    day = sa.cast(sa.func.timezone(settings().company_time_zone, took_place), sa.Date)
    of_role = seller.c.body["role_ids"].op("@>")(sa.func.to_jsonb(sa.cast(selling_rate.c.role_id, sa.Text)))
    return (
        sa.select(selling_rate.c.hourly_rate, selling_rate.c.kilometre_rate, selling_rate.c.currency)
        .where(
            selling_rate.c.deleted.is_(False),
            sa.or_(selling_rate.c.valid_from.is_(None), selling_rate.c.valid_from <= day),
            sa.or_(selling_rate.c.role_id.is_(None), of_role),
        )
        .order_by(
            selling_rate.c.role_id.is_(None),
            selling_rate.c.valid_from.desc().nulls_last(),
            selling_rate.c.hourly_rate.desc(),
            selling_rate.c.id,
        )
        .limit(1)
        .correlate_except(selling_rate)
        .lateral("rate")
    )


def _told(asked: Asked, name: str) -> sa.Subquery:
    """Return what is known of the records of an entity of another service, as if it were its table; a merged
    party is its survivor.
    """
    source, alias = figure_source, record_alias
    return (
        sa.select(
            *(source.c[each] for each in ("id", "owner_id", "team_id", "product_line", "shared_with")),
            sa.func.coalesce(alias.c.survivor_id, source.c.party_id).label("party_id"),
            source.c.above_id.label("offer_id"),
            *(source.c[each] for each in ("state", "since", "chosen_id", "amount", "currency")),
        )
        .select_from(source.outerjoin(alias, alias.c.id == source.c.party_id))
        .where(source.c.entity == name, source.c.deleted.is_(False), _is_of(asked, name))
        .subquery(name.replace(".", "_"))
    )


def _is_of(asked: Asked, name: str) -> sa.ColumnElement[bool]:
    return sa.true() if name == "offers.order" else asked.is_asked(figure_source.c.party_id)


def _worth(offer: sa.FromClause) -> sa.FromClause:
    """Return the revision that tells an offer's worth: the accepted one, else the latest."""
    revision = figure_source.alias("revision")
    return (
        sa.select(revision.c.amount, revision.c.currency, revision.c.cost)
        .where(
            revision.c.entity == "offers.revision",
            revision.c.above_id == offer.c.id,
            revision.c.deleted.is_(False),
        )
        .order_by(
            (revision.c.id == offer.c.chosen_id).desc().nulls_last(),
            revision.c.begun_at.desc(),
            revision.c.id.desc(),
        )
        .limit(1)
        .lateral("worth")
    )


def offers(asked: Asked) -> Query:
    """Return offers by key, standing (accepted, lost, open) and currency; cancelled and expired ones are
    neither.
    """
    offer = _told(asked, "offers.offer")
    worth = _worth(offer)
    catalogue = {**asked.tables, "offers.offer": offer}
    standing = sa.case(
        (offer.c.state.in_(_ACCEPTED), "accepted"), (offer.c.state == "lost", "lost"), else_="open"
    )
    seen = sa.func.coalesce(_costs_of(asked, "offers.offer", catalogue), sa.false())
    key = asked.key(offer)
    return (
        sa.select(
            key.label("key"),
            standing.label("standing"),
            worth.c.currency,
            sa.func.count().label("count"),
            sa.func.sum(worth.c.amount).label("worth"),
            sa.func.sum(worth.c.amount - worth.c.cost).label("contribution"),
            sa.func.bool_and(sa.and_(seen, worth.c.cost.is_not(None))).label("is_costed"),
        )
        .select_from(offer.join(party, party.c.id == offer.c.party_id).outerjoin(worth, sa.true()))
        .where(
            offer.c.state.not_in(("expired", "cancelled")),
            sa.or_(offer.c.state.not_in((*_ACCEPTED, *_OVER)), asked.within(offer.c.since)),
            condition(asked.access, entity("offers.offer"), "read", catalogue),
        )
        .group_by(key, standing, worth.c.currency)
    )


def states(asked: Asked) -> dict[str, Query]:
    """Return, by what is counted, the questions for state, currency, count and worth of a party's records."""
    offer, order, request = (
        _told(asked, name) for name in ("offers.offer", "offers.order", "aftersales.request")
    )
    catalogue = {
        **asked.tables,
        "offers.offer": offer,
        "offers.order": order,
        "aftersales.request": request,
    }
    worth = _worth(offer)
    no_worth, no_currency = sa.cast(sa.null(), sa.Numeric), sa.literal("")
    of_party = order.c.offer_id.in_(sa.select(offer.c.id))

    def counted(
        name: str,
        table: sa.FromClause,
        amount: sa.ColumnElement[Any],
        currency: sa.ColumnElement[Any],
        *where: sa.ColumnElement[bool],
        source: sa.FromClause | None = None,
    ) -> Query:
        visible = condition(asked.access, entity(name), "read", catalogue)
        return (
            sa.select(
                table.c.state,
                currency.label("currency"),
                sa.func.count().label("count"),
                sa.func.sum(amount).label("worth"),
            )
            .select_from(source if source is not None else table)
            .where(visible, *where)
            .group_by(table.c.state, currency)
        )

    def own(name: str, table: sa.Table, *columns: sa.ColumnElement[Any]) -> Query:
        return counted(name, table, *columns, table.c.deleted.is_(False), asked.is_asked(table.c.party_id))

    return {
        "opportunities": own("crm.opportunity", opportunity, opportunity.c.value, opportunity.c.currency),
        "activities": own("crm.activity", activity, no_worth, no_currency),
        "offers": counted(
            "offers.offer",
            offer,
            worth.c.amount,
            worth.c.currency,
            source=offer.outerjoin(worth, sa.true()),
        ),
        "orders": counted("offers.order", order, order.c.amount, order.c.currency, of_party),
        "requests": counted("aftersales.request", request, no_worth, no_currency),
    }


def last_contact(asked: Asked) -> Query:
    """Return when the party was last met, called or written to or by, as far as the caller sees it."""
    return sa.select(sa.func.max(timeline_entry.c.happened_at)).where(
        timeline_entry.c.deleted.is_(False),
        timeline_entry.c.what.in_(_CONTACTS),
        asked.is_asked(timeline_entry.c.party_id),
        condition(asked.access, entity("crm.timeline_entry"), "read", asked.tables),
    )
