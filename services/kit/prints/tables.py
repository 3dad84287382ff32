"""Tables of print templates; every owner's database has them, migrated with kit's own."""

from __future__ import annotations

import sqlalchemy as sa

from services.kit.schema import flag, integer, metadata, record_table, structure, text

print_template = record_table(
    "print_template",
    metadata,
    text("entity"),
    text("record_type"),
    text("name"),
    text("kind"),
    text("subject"),
    text("source"),
    text("document"),
    structure("texts"),
    integer("latest_version"),
    integer("active_version"),
    integer("position"),
    flag("inactive"),
)
sa.Index("print_template_entity", print_template.c.entity, print_template.c.record_type)

#: Every version of every template, for ever: which content it had.
print_version = sa.Table(
    "print_version",
    metadata,
    sa.Column("template_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("made_by", sa.Uuid),
)

#: What versions and pins name by its hash: pages (canonical JSON) and Word files.
print_content = sa.Table(
    "print_content",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
)

#: The page with which a record that never changes was printed first: it prints with that for ever.
print_pin = sa.Table(
    "print_pin",
    metadata,
    sa.Column("record_id", sa.Uuid, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
)
