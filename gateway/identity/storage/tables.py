"""Tables of identity: one per entity, and those of sign-in, which are no records and never leave here."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.schema import (
    flag,
    ident,
    idents,
    integer,
    record_table,
    search_column,
    search_index,
    structure,
    text,
    texts,
)

metadata = sa.MetaData()

user = record_table(
    "user",
    metadata,
    text("user_name"),
    text("display_name"),
    text("email"),
    text("language"),
    ident("team_id"),
    idents("territory_ids"),
    idents("role_ids"),
    texts("product_lines"),
    flag("inactive"),
    search_column(),
)
search_index(user)
sa.Index("user_user_name", user.c.user_name, unique=True)
sa.Index("user_roles", user.c.role_ids, postgresql_using="gin")

team = record_table("team", metadata, text("name"), ident("parent_team_id"), search_column())
search_index(team)

territory = record_table(
    "territory", metadata, text("code"), text("name"), ident("parent_territory_id"), search_column()
)
search_index(territory)

role = record_table(
    "role", metadata, text("name"), structure("grants"), integer("lease_days"), search_column()
)
search_index(role)

access = record_table(
    "access", metadata, structure("grants"), text("user_name"), flag("inactive"), integer("lease_days")
)

TABLES = {
    "identity.user": user,
    "identity.team": team,
    "identity.territory": territory,
    "identity.role": role,
    "identity.access": access,
}

#: Password hashes (argon2id). Apart from the user, so that no list, export or event can carry one.
credential = sa.Table(
    "credential",
    metadata,
    sa.Column("user_id", sa.Uuid, primary_key=True),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
)

#: A copy of the system on a laptop, tablet or browser that works off-line; its id is made there.
device = sa.Table(
    "device",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("revoked_at", sa.DateTime(timezone=True)),
)
sa.Index("device_user", device.c.user_id)
sa.Index("device_revoked", device.c.revoked_at, postgresql_where=device.c.revoked_at.is_not(None))

session = sa.Table(
    "session",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("device_id", sa.Uuid),
    sa.Column("client", sa.Text, nullable=False, server_default=""),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended_at", sa.DateTime(timezone=True)),
    sa.Column("end_cause", sa.Text, nullable=False, server_default=""),
)
sa.Index("session_user", session.c.user_id, postgresql_where=session.c.ended_at.is_(None))
sa.Index("session_device", session.c.device_id, postgresql_where=session.c.ended_at.is_(None))
sa.Index("session_ended", session.c.ended_at, postgresql_where=session.c.ended_at.is_not(None))

#: One row per token that was ever given out and is not over; a used one that comes again was stolen.
refresh_token = sa.Table(
    "refresh_token",
    metadata,
    sa.Column("sha256", pg.BYTEA, primary_key=True),
    sa.Column("session_id", sa.Uuid, sa.ForeignKey("session.id", ondelete="CASCADE"), nullable=False),
    sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("used_at", sa.DateTime(timezone=True)),
)
sa.Index("refresh_token_session", refresh_token.c.session_id)
sa.Index("refresh_token_expiry", refresh_token.c.expires_at)

#: Groups of grants that the role of administrators was given; what somebody took away stays away.
given_group = sa.Table("given_group", metadata, sa.Column("name", sa.Text, primary_key=True))
