"""Views of lists"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "kit_0010"
down_revision = "kit_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        _structure("custom"),
        _list("shared_with", sa.Uuid()),
        _text("entity"),
        _text("name"),
        _text("search"),
        _structure("filters"),
        _text("sort_by"),
        sa.Column("descending", sa.Boolean(), server_default=sa.false(), nullable=False),
        _list("columns", sa.Text()),
        _text("visibility"),
        _list("role_ids", sa.Uuid()),
        sa.Column("base_json", sa.Text(), nullable=False),
        _structure("facets_json"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "list_view_custom",
        "list_view",
        ["custom"],
        postgresql_using="gin",
        postgresql_ops={"custom": "jsonb_path_ops"},
        postgresql_where=sa.text("custom <> '{}'::jsonb"),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _structure(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), server_default="{}", nullable=False)


def _list(name: str, of: sa.types.TypeEngine[object]) -> sa.Column[object]:
    return sa.Column(name, postgresql.ARRAY(of), server_default="{}", nullable=False)
