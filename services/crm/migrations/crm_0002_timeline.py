"""Timeline: entries, what is known of their sources, visits"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "crm_0002"
down_revision = "crm_0001"
branch_labels = None
depends_on = None


def _record_columns() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("custom", postgresql.JSONB(), server_default="{}", nullable=False),
    ]


def _fragment_columns() -> list[sa.Column]:
    return [
        sa.Column("base_json", sa.Text(), nullable=False),
        sa.Column("facets_json", postgresql.JSONB(), server_default="{}", nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "timeline_entry",
        *_record_columns(),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=True),
        sa.Column("product_line", sa.Text(), server_default="", nullable=False),
        sa.Column("shared_with", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("source_group", sa.Text(), server_default="", nullable=False),
        sa.Column("source_entity", sa.Text(), server_default="", nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("subject_entity", sa.Text(), server_default="", nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("what", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("root_id", sa.Uuid(), nullable=True),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        *_fragment_columns(),
        sa.PrimaryKeyConstraint("id"),
        info={"record": True},
    )
    op.create_index(
        "timeline_entry_search",
        "timeline_entry",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    latest = [sa.text("coalesce(happened_at, '-infinity'::timestamptz) desc"), sa.text("id desc")]
    op.create_index("timeline_entry_latest", "timeline_entry", latest)
    op.create_index("timeline_entry_party", "timeline_entry", ["party_id", *latest])
    op.create_index("timeline_entry_subject", "timeline_entry", ["subject_id"])
    op.create_table(
        "timeline_source",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("above_entity", sa.Text(), server_default="", nullable=False),
        sa.Column("above_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("runs", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("entity", "id"),
    )
    op.create_index(
        "timeline_source_above",
        "timeline_source",
        ["above_id", "above_entity"],
        postgresql_where=sa.text("above_id is not null"),
    )
    op.create_table(
        "timeline_visit",
        *_record_columns(),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        *_fragment_columns(),
        sa.PrimaryKeyConstraint("id"),
        info={"record": True},
    )
