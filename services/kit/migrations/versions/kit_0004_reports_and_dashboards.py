"""Reports and dashboards"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "kit_0004"
down_revision = "kit_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _record_table(
        "report",
        _structure("names"),
        _structure("descriptions"),
        _structure("definition"),
        _text("visibility"),
        _idents("role_ids"),
    )
    _record_table(
        "dashboard",
        _structure("names"),
        _structure("descriptions"),
        _structure("tiles"),
        _structure("filters"),
        _text("visibility"),
        _idents("role_ids"),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
    )


def _record_table(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        _structure("custom"),
        _idents("shared_with"),
        *columns,
        sa.Column("base_json", sa.Text(), nullable=False),
        _structure("facets_json"),
        sa.PrimaryKeyConstraint("id"),
    )


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _structure(name: str) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(), server_default="{}", nullable=False)


def _idents(name: str) -> sa.Column[Any]:
    return sa.Column(name, postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False)
