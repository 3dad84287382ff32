"""Opportunities, their stages and reasons, how each stood; what figures know of other services' records"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "crm_0005"
down_revision = "crm_0004"
branch_labels = None
depends_on = None


def _record(name: str, *columns: sa.Column, searched: bool = True) -> None:
    """Create the table of an entity, as kit declares it, with its search index."""
    search = [sa.Column("search_text", sa.Text(), server_default="", nullable=False)] if searched else []
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("custom", postgresql.JSONB(), server_default="{}", nullable=False),
        *columns,
        *search,
        sa.Column("base_json", sa.Text(), nullable=False),
        sa.Column("facets_json", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        info={"record": True},
    )
    if searched:
        op.create_index(
            f"{name}_search",
            name,
            ["search_text"],
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        )


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _texts() -> sa.Column:
    return sa.Column("texts", postgresql.JSONB(), server_default="{}", nullable=False)


def _integer(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def _inactive() -> sa.Column:
    return sa.Column("inactive", sa.Boolean(), server_default=sa.text("false"), nullable=False)


def upgrade() -> None:
    _record(
        "opportunity_stage",
        _text("code"),
        _text("state"),
        _texts(),
        _integer("probability"),
        _integer("position"),
        _inactive(),
    )
    op.create_index(
        "opportunity_stage_code",
        "opportunity_stage",
        ["code"],
        unique=True,
        postgresql_where=sa.text("NOT deleted"),
    )
    _record("loss_reason", _text("code"), _text("outcome"), _texts(), _inactive(), _integer("position"))
    op.create_index(
        "loss_reason_code",
        "loss_reason",
        ["outcome", "code"],
        unique=True,
        postgresql_where=sa.text("NOT deleted"),
    )
    _record(
        "opportunity",
        sa.Column("team_id", sa.Uuid(), nullable=True),
        _text("product_line"),
        sa.Column("shared_with", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        _text("title"),
        sa.Column("stage_id", sa.Uuid(), nullable=True),
        _text("state"),
        sa.Column("probability", sa.Numeric(), nullable=True),
        sa.Column("value", sa.Numeric(), nullable=True),
        _text("currency"),
        sa.Column("expected_close", sa.Date(), nullable=True),
        _text("source"),
        _text("competitor"),
        _text("notes"),
        sa.Column("reason_id", sa.Uuid(), nullable=True),
        _text("outcome_note"),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        _text("proposal"),
    )
    op.create_index("opportunity_party", "opportunity", ["party_id"])
    op.create_index("opportunity_owner", "opportunity", ["owner_id"])
    op.create_index("opportunity_expected", "opportunity", ["expected_close"])
    _record(
        "selling_rate",
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        _text("currency"),
        sa.Column("hourly_rate", sa.Numeric(), nullable=True),
        sa.Column("kilometre_rate", sa.Numeric(), nullable=True),
        searched=False,
    )
    op.create_table(
        "opportunity_standing",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stage_id", sa.Uuid(), nullable=True),
        sa.Column("probability", sa.Numeric(), nullable=True),
        sa.Column("value", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        _text("command"),
        _text("reason"),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "opportunity_standing_latest",
        "opportunity_standing",
        ["opportunity_id", sa.text("made_at DESC"), sa.text("id DESC")],
    )
    op.create_table(
        "figure_source",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("above_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        _text("product_line"),
        sa.Column("shared_with", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=True),
        _text("currency"),
        sa.Column("cost", sa.Numeric(), nullable=True),
        sa.Column("chosen_id", sa.Uuid(), nullable=True),
        sa.Column("opportunity_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("entity", "id"),
    )
    op.create_index("figure_source_party", "figure_source", ["party_id"])
    op.create_index("figure_source_above", "figure_source", ["above_id"])
    op.create_index(
        "figure_source_opportunity",
        "figure_source",
        ["opportunity_id"],
        postgresql_where=sa.text("opportunity_id IS NOT NULL"),
    )
