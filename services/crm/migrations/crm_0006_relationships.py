"""Relationships, people's names, primary addresses, passages of owner and territory, handovers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "crm_0006"
down_revision = "crm_0005"
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


def _json_columns() -> list[sa.Column]:
    return [
        sa.Column("base_json", sa.Text(), nullable=False),
        sa.Column("facets_json", postgresql.JSONB(), server_default="{}", nullable=False),
    ]


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def upgrade() -> None:
    op.add_column("party", _text("given_name"))
    op.add_column("party", _text("family_name"))
    op.add_column(
        "address", sa.Column("primary", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("address", _text("access_notes"))
    op.create_table(
        "relationship",
        *_record_columns(),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        _text("kind"),
        sa.Column("other_id", sa.Uuid(), nullable=True),
        _text("function"),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        _text("notes"),
        _text("search_text"),
        *_json_columns(),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("relationship_party", "relationship", ["party_id"])
    op.create_index("relationship_other", "relationship", ["other_id"])
    op.create_index(
        "relationship_search",
        "relationship",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_table(
        "handover",
        *_record_columns(),
        sa.Column("territory_id", sa.Uuid(), nullable=True),
        sa.Column("from_owner_id", sa.Uuid(), nullable=True),
        sa.Column("to_owner_id", sa.Uuid(), nullable=True),
        sa.Column("only_territory_id", sa.Uuid(), nullable=True),
        sa.Column("only_party_ids", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("to_territory_id", sa.Uuid(), nullable=True),
        _text("reason"),
        _text("state"),
        _number("total"),
        _number("handed_over"),
        _number("refused"),
        _number("records"),
        *_json_columns(),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "handover_party",
        sa.Column("handover_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        _text("reason"),
        sa.PrimaryKeyConstraint("handover_id", "party_id"),
    )
    op.create_table(
        "party_passage",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=True),
        sa.Column("to_id", sa.Uuid(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handover_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("party_passage_party", "party_passage", ["party_id", "id"])
