"""Print templates, their versions and contents"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "kit_0005"
down_revision = "kit_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "print_template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        _structure("custom"),
        *(_text(n) for n in ("entity", "record_type", "name", "kind", "subject", "source", "document")),
        _structure("texts"),
        *(_integer(name) for name in ("latest_version", "active_version", "position")),
        sa.Column("inactive", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("base_json", sa.Text(), nullable=False),
        _structure("facets_json"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("print_template_entity", "print_template", ["entity", "record_type"])
    op.create_table(
        "print_version",
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("template_id", "number"),
    )
    op.create_table(
        "print_content",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "print_pin",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("pinned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("record_id"),
    )


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _structure(name: str) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(), server_default="{}", nullable=False)


def _integer(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)
