"""Outcomes, line kinds, charges with formulas, spread runs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "offers_0003"
down_revision = "offers_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "company",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("custom", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("vat_number", sa.Text(), server_default="", nullable=False),
        sa.Column("tax_code", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("website", sa.Text(), server_default="", nullable=False),
        sa.Column("legal_note", sa.Text(), server_default="", nullable=False),
        sa.Column("iban", sa.Text(), server_default="", nullable=False),
        sa.Column("bank", sa.Text(), server_default="", nullable=False),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.Column("base_json", sa.Text(), nullable=False),
        sa.Column(
            "facets_json", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.PrimaryKeyConstraint("id"),
        info={"record": True},
    )
    op.create_index(
        "company_search",
        "company",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_table(
        "offer_status",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("custom", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("texts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("probability", sa.Integer(), server_default="0", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("inactive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.Column("base_json", sa.Text(), nullable=False),
        sa.Column(
            "facets_json", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.PrimaryKeyConstraint("id"),
        info={"record": True},
    )
    op.create_index(
        "offer_status_code", "offer_status", ["code"], unique=True, postgresql_where=sa.text("NOT deleted")
    )
    op.create_index(
        "offer_status_search",
        "offer_status",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_table(
        "reason",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("custom", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("texts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("inactive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.Column("base_json", sa.Text(), nullable=False),
        sa.Column(
            "facets_json", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.PrimaryKeyConstraint("id"),
        info={"record": True},
    )
    op.create_index(
        "reason_code", "reason", ["outcome", "code"], unique=True, postgresql_where=sa.text("NOT deleted")
    )
    op.create_index(
        "reason_search",
        "reason",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.add_column("charge", sa.Column("formula", sa.Text(), server_default="", nullable=False))
    op.add_column("charge", sa.Column("rate", sa.Numeric(), nullable=True))
    op.add_column("charge", sa.Column("units", sa.Numeric(), nullable=True))
    op.add_column("charge", sa.Column("base", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "charge", sa.Column("serves", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False)
    )
    op.add_column("charge", sa.Column("vat", sa.Text(), server_default="", nullable=False))
    op.add_column("charge", sa.Column("vat_rate", sa.Numeric(), nullable=True))
    op.add_column("charge", sa.Column("natura", sa.Text(), server_default="", nullable=False))
    op.add_column("charge", sa.Column("net", sa.Numeric(), nullable=True))
    op.add_column("charge", sa.Column("spread_method", sa.Text(), server_default="", nullable=False))
    op.add_column("charge", sa.Column("spread_inputs", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "charge",
        sa.Column(
            "spread_shares", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
    )
    op.add_column("offer", sa.Column("status_id", sa.Uuid(), nullable=True))
    op.add_column("offer", sa.Column("outcome_reason_id", sa.Uuid(), nullable=True))
    op.add_column("offer", sa.Column("outcome_note", sa.Text(), server_default="", nullable=False))
    op.add_column("offer", sa.Column("competitor", sa.Text(), server_default="", nullable=False))
    op.add_column("offer", sa.Column("competitor_price", sa.Numeric(), nullable=True))
    op.create_index(
        "offer_open",
        "offer",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state IN ('ready', 'sent', 'negotiation')"),
    )
    op.add_column("offer_line", sa.Column("kind", sa.Text(), server_default="", nullable=False))
    op.add_column("offer_line", sa.Column("presence", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "offer_line", sa.Column("selected", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("offer_line", sa.Column("choice", sa.Text(), server_default="", nullable=False))
    op.add_column("offer_line", sa.Column("weight_kg", sa.Numeric(), nullable=True))
    op.add_column("offer_line", sa.Column("list_price", sa.Numeric(), nullable=True))
    op.add_column("offer_line", sa.Column("lock", sa.Text(), server_default="", nullable=False))
    op.add_column("offer_line", sa.Column("price_list_id", sa.Uuid(), nullable=True))
    op.add_column(
        "offer_line",
        sa.Column(
            "price_trail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
    )
    op.add_column("offer_line", sa.Column("origin_id", sa.Uuid(), nullable=True))
    op.add_column("price", sa.Column("discounts", sa.Text(), server_default="", nullable=False))
    op.create_index("price_article", "price", ["article_id"], unique=False)
    op.add_column("price_list", sa.Column("source", sa.Text(), server_default="", nullable=False))
    op.add_column("price_list", sa.Column("customer_code", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "revision", sa.Column("fold_header", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column(
        "revision", sa.Column("split_payment", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("revision", sa.Column("payable", sa.Numeric(), nullable=True))
    op.add_column("revision", sa.Column("trade_in", sa.Numeric(), nullable=True))
    op.add_column("revision", sa.Column("balance", sa.Numeric(), nullable=True))
    op.add_column(
        "revision",
        sa.Column("stale_charge_ids", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
    )
    op.add_column("revision", sa.Column("sending_id", sa.Uuid(), nullable=True))
    op.add_column("revision", sa.Column("sending_failure", sa.Text(), server_default="", nullable=False))
    op.add_column("revision", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("revision", sa.Column("sent_to", sa.Text(), server_default="", nullable=False))
