"""Tables that every owner of records has, whatever it owns.

Each service's first migration creates them; `tests/contract` compares the migrated database with this module.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()

_now = sa.text("now()")

#: Ids of changes and commands that were handled, for ever; never a body.
change_claim = sa.Table(
    "change_claim",
    metadata,
    sa.Column("change_id", sa.Uuid, primary_key=True),
    sa.Column("author_id", sa.Uuid, nullable=False),
    sa.Column("device_id", sa.Uuid),
    sa.Column("request_sha256", sa.LargeBinary, nullable=False),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("record_id", sa.Uuid),
    sa.Column("outcome", sa.Text),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("problem", pg.JSONB),
    sa.Column("conflicts", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("changed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
    # {root id: [version before, version after]} of every root that it touched.
    sa.Column("roots", pg.JSONB, nullable=False, server_default="{}"),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=_now),
)
# Of what came from browsers and imports nobody asks by device.
sa.Index(
    "change_claim_device",
    change_claim.c.device_id,
    change_claim.c.created_at,
    postgresql_where=change_claim.c.device_id.is_not(None),
)

#: What an author typed and could not be applied as typed. Nothing leaves here but by a resolution.
parked_change = sa.Table(
    "parked_change",
    metadata,
    sa.Column("change_id", sa.Uuid, primary_key=True),
    sa.Column("author_id", sa.Uuid, nullable=False),
    sa.Column("device_id", sa.Uuid, nullable=False),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("record_id", sa.Uuid),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("problem", pg.JSONB),
    sa.Column("sent", pg.JSONB, nullable=False),
    sa.Column("theirs", pg.JSONB, nullable=False, server_default="{}"),
    sa.Column("conflicts", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
    # Later items of the device that name one of these are held until this is resolved; empty: holds nothing.
    sa.Column("holds", pg.ARRAY(sa.Uuid), nullable=False, server_default="{}"),
    sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False, server_default=_now),
    sa.Column("resolution", sa.Text),
    sa.Column("resolved_at", sa.DateTime(timezone=True)),
    sa.Column("resolved_by", sa.Uuid),
)
sa.Index(
    "parked_change_open",
    parked_change.c.device_id,
    postgresql_where=parked_change.c.resolution.is_(None),
)

#: Events of committed transactions. `stream_seq` is given by the relay, gapless, in the order of `id`.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("event_id", sa.Uuid, nullable=False, unique=True),
    # CloudEvents type without the prefix `projectsales.`: offers.offer_accepted.v1.
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    # JSON text of the event's data.
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Uuid),
    sa.Column("change_ids", pg.ARRAY(sa.Uuid), nullable=False, server_default="{}"),
    sa.Column("part", sa.Integer, nullable=False, server_default="1"),
    sa.Column("parts", sa.Integer, nullable=False, server_default="1"),
    sa.Column("traceparent", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=_now),
    sa.Column("stream_seq", sa.BigInteger, unique=True),
    sa.Column("published_at", sa.DateTime(timezone=True)),
)
sa.Index("outbox_unnumbered", outbox.c.id, postgresql_where=outbox.c.stream_seq.is_(None))
sa.Index("outbox_unpublished", outbox.c.stream_seq, postgresql_where=outbox.c.published_at.is_(None))

#: One row: the stream's counter and the identity of this database.
outbox_counter = sa.Table(
    "outbox_counter",
    metadata,
    sa.Column("only", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("last_seq", sa.BigInteger, nullable=False, server_default="0"),
    # New at each restore: consumers of state export again.
    sa.Column("epoch", sa.Uuid, nullable=False),
    sa.Column("system_identifier", sa.Text, nullable=False),
    sa.Column("timeline_id", sa.Integer, nullable=False),
    sa.CheckConstraint('"only"', name="outbox_counter_only"),
)

#: Events whose effect this database holds, by handler; kept 30 days.
inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("event_id", sa.Uuid, primary_key=True),
    sa.Column("handler", sa.Text, primary_key=True),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False, server_default=_now),
)
sa.Index("inbox_received", inbox.c.received_at)

#: Roots that place our records, our own and other services', with the fields that we keep of them.
root_scope = sa.Table(
    "root_scope",
    metadata,
    # Ids are made by whoever creates a record, so they are unique only within an entity.
    sa.Column("entity", sa.Text, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("owner_id", sa.Uuid),
    sa.Column("team_id", sa.Uuid),
    sa.Column("territory_id", sa.Uuid),
    sa.Column("product_line", sa.Text, nullable=False, server_default=""),
    sa.Column("shared_with", pg.ARRAY(sa.Uuid), nullable=False, server_default="{}"),
    sa.Column("alias_of", sa.Uuid),
    sa.Column("deleted", sa.Boolean, nullable=False, server_default=sa.false()),
    # Base fragment of the root, for owners that need more than its place.
    sa.Column("body", pg.JSONB, nullable=False, server_default="{}"),
)

# A page of children within a territory took 100 to 280 ms among 100,000 roots without these, 6 to 25 ms
# with them
# (2026-11-23, loaded machine).
sa.Index("root_scope_territory", root_scope.c.territory_id)
sa.Index("root_scope_owner", root_scope.c.owner_id)
sa.Index("root_scope_alias", root_scope.c.alias_of, postgresql_where=root_scope.c.alias_of.is_not(None))

#: Which life of each publisher's database our copies come from, and the ones that were before.
publisher_epoch = sa.Table(
    "publisher_epoch",
    metadata,
    sa.Column("publisher", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Uuid, nullable=False),
    sa.Column("past", pg.ARRAY(sa.Uuid), nullable=False, server_default="{}"),
)

#: Copies of identity's accesses: what each user may do, at which epoch.
access_copy = sa.Table(
    "access_copy",
    metadata,
    sa.Column("user_id", sa.Uuid, primary_key=True),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    # Canonical JSON of identity.access.
    sa.Column("body", sa.Text, nullable=False),
)

#: Every passage of a record from one state to another.
transition = sa.Table(
    "transition",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("record_id", sa.Uuid, nullable=False),
    sa.Column("from_state", sa.Text, nullable=False),
    sa.Column("to_state", sa.Text, nullable=False),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("by_id", sa.Uuid),
    # When it was decided (on a device, perhaps) and when it arrived here.
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False, server_default=_now),
)
sa.Index("transition_record", transition.c.entity, transition.c.record_id, transition.c.made_at)

#: Ids of merged records and their survivors, for ever.
record_alias = sa.Table(
    "record_alias",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("survivor_id", sa.Uuid, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=_now),
)


def record_table(name: str, owner: sa.MetaData, *columns: sa.schema.SchemaItem) -> sa.Table:
    """Declare the table of an entity: the columns that every record has, then its own.

    `fragments` holds the canonical JSON of each facet, encoded once; a read passes it on unchanged.
    """
    table = sa.Table(
        name,
        owner,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid),
        sa.Column("deleted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("owner_id", sa.Uuid),
        sa.Column("custom", pg.JSONB, nullable=False, server_default="{}"),
        *columns,
        sa.Column("base_json", sa.Text, nullable=False),
        sa.Column("facets_json", pg.JSONB, nullable=False, server_default="{}"),
        info={"record": True},
    )
    custom_index(table)
    return table


def any_custom(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Return whether a record has a custom field at all; a query says so to be served by `custom_index`."""
    return column.op("<>", is_comparison=True)(sa.literal_column("'{}'::jsonb"))


def custom_index(table: sa.Table) -> sa.Index:
    """The index that serves equality of custom fields, `custom @> …`; records without any cost it nothing."""
    return sa.Index(
        f"{table.name}_custom",
        table.c.custom,
        postgresql_using="gin",
        postgresql_ops={"custom": "jsonb_path_ops"},
        postgresql_where=any_custom(table.c.custom),
    )


# Columns of record tables, by the kind of the field that they carry.


def text(name: str) -> sa.Column[str]:
    """A text, or the name of an enum's value; never NULL."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def ident(name: str) -> sa.Column[Any]:
    """The id of another record; NULL when absent."""
    return sa.Column(name, sa.Uuid)


def idents(name: str) -> sa.Column[Any]:
    """Ids of other records."""
    return sa.Column(name, pg.ARRAY(sa.Uuid), nullable=False, server_default="{}")


def texts(name: str) -> sa.Column[Any]:
    """Texts, or names of an enum's values."""
    return sa.Column(name, pg.ARRAY(sa.Text), nullable=False, server_default="{}")


def decimal(name: str) -> sa.Column[Any]:
    """A decimal of any precision; NULL when absent."""
    return sa.Column(name, sa.Numeric)


def day(name: str) -> sa.Column[Any]:
    """A date; NULL when absent."""
    return sa.Column(name, sa.Date)


def moment(name: str) -> sa.Column[Any]:
    """A time; NULL when absent."""
    return sa.Column(name, sa.DateTime(timezone=True))


def integer(name: str) -> sa.Column[int]:
    """A whole number of 32 bits."""
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


def flag(name: str) -> sa.Column[bool]:
    """True or false."""
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def structure(name: str) -> sa.Column[Any]:
    """Messages or maps, as JSON."""
    return sa.Column(name, pg.JSONB, nullable=False, server_default="{}")


def search_column() -> sa.Column[str]:
    """The folded text of all searched fields; the table adds `search_index`."""
    return sa.Column("search_text", sa.Text, nullable=False, server_default="")


def search_index(table: sa.Table) -> sa.Index:
    """The trigram index that serves `search`."""
    return sa.Index(
        f"{table.name}_search",
        table.c.search_text,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )


def words_of_search_text(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The words of the folded text as they are; `word_indexes` serves `@>`."""
    return sa.func.string_to_array(column, sa.literal_column("' '"))


def first_of_search_text(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The beginning of the folded text; `word_indexes` serves ranges by `~>=~` and `~<~`."""
    return sa.func.left(column, sa.literal_column("64"))


def word_indexes(table: sa.Table) -> tuple[sa.Index, sa.Index]:
    """The indexes that serve a search for whole words and for how a text begins."""
    text = table.c.search_text
    return (
        sa.Index(f"{table.name}_words", words_of_search_text(text), postgresql_using="gin"),
        sa.Index(
            f"{table.name}_begins",
            first_of_search_text(text).label("first"),
            postgresql_ops={"first": "text_pattern_ops"},
        ),
    )
