"""What figures know of other services' records: a row each, of its newest version.

Written with the row of `timeline_source` locked, which says what is the newest; so no version is kept here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

_STORE = sa.text(
    """
    insert into figure_source (entity, id, deleted, party_id, above_id, owner_id, team_id, product_line,
        shared_with, state, since, begun_at, amount, currency, cost, chosen_id, opportunity_id)
    select entity, id, deleted, party_id, above_id, owner_id, team_id, product_line, shared_with, state,
        since, begun_at, amount, currency, cost, chosen_id, opportunity_id
    from jsonb_to_recordset(cast(:rows as jsonb)) as r (entity text, id uuid, deleted boolean, party_id uuid,
        above_id uuid, owner_id uuid, team_id uuid, product_line text, shared_with uuid[], state text,
        since timestamptz, begun_at timestamptz, amount numeric, currency text, cost numeric, chosen_id uuid,
        opportunity_id uuid)
    on conflict (entity, id) do update set deleted = excluded.deleted, party_id = excluded.party_id,
        above_id = excluded.above_id, owner_id = excluded.owner_id, team_id = excluded.team_id,
        product_line = excluded.product_line, shared_with = excluded.shared_with, state = excluded.state,
        since = excluded.since, begun_at = excluded.begun_at, amount = excluded.amount,
        currency = excluded.currency, cost = excluded.cost, chosen_id = excluded.chosen_id,
        opportunity_id = excluded.opportunity_id
    """
)
_STORE_SINCE = sa.text(
    """
    update figure_source f set since = r.since
    from jsonb_to_recordset(cast(:rows as jsonb)) as r (entity text, id uuid, since timestamptz)
    where f.entity = r.entity and f.id = r.id
    """
)
_OFFERS = sa.text(
    """
    select id::text, state, deleted, coalesce(opportunity_id::text, '') as opportunity_id, since
    from figure_source where entity = 'offers.offer' and id = any(cast(:ids as uuid[]))
    """
)
_OF_OPPORTUNITIES = sa.text(
    """
    select id::text, state, deleted, opportunity_id::text as opportunity_id, since
    from figure_source
    where entity = 'offers.offer' and opportunity_id = any(cast(:ids as uuid[])) and not deleted
    order by id
    """
)


class Offer(NamedTuple):
    """An offer, as far as its opportunity is concerned."""

    id: str
    state: str
    deleted: bool
    opportunity_id: str
    since: Any


def store(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what is known of records now."""
    if rows:
        connection.execute(_STORE, {"rows": orjson.dumps(list(rows)).decode()})


def store_since(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Correct since when records stand as they do: an older version came to be known."""
    if rows:
        connection.execute(_STORE_SINCE, {"rows": orjson.dumps(list(rows)).decode()})


def offers(connection: sa.Connection, ids: Collection[str]) -> dict[str, Offer]:
    """Return these offers by id, as far as they are known."""
    rows = connection.execute(_OFFERS, {"ids": sorted(ids)}) if ids else ()
    return {row.id: Offer(*row) for row in rows}


def offers_of(connection: sa.Connection, opportunity_ids: Collection[str]) -> dict[str, list[Offer]]:
    """Return the offers that name these opportunities, by opportunity."""
    found: dict[str, list[Offer]] = {each: [] for each in opportunity_ids}
    if opportunity_ids:
        for row in connection.execute(_OF_OPPORTUNITIES, {"ids": sorted(opportunity_ids)}):
            found[row.opportunity_id].append(Offer(*row))
    return found
