"""Fields, forms and record types of a company's own"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "kit_0003"
down_revision = "kit_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _record_table(
        "field_definition",
        _text("entity"),
        _text("record_type"),
        _text("key"),
        _text("kind"),
        _structure("labels"),
        _structure("help"),
        _text("facet"),
        _flag("required"),
        _text("default_value"),
        _structure("choices"),
        _text("minimum"),
        _text("maximum"),
        _text("pattern"),
        _text("links_to"),
        _text("formula"),
        _text("result"),
        _integer("position"),
        _flag("inactive"),
    )
    op.create_index("field_definition_key", "field_definition", ["entity", "record_type", "key"], unique=True)
    _record_table(
        "form_layout",
        _text("entity"),
        _text("record_type"),
        _text("name"),
        sa.Column("role_ids", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        _structure("sections"),
        _integer("position"),
        _flag("inactive"),
    )
    _record_table(
        "record_type",
        _text("key"),
        _text("parent_entity"),
        _structure("labels"),
        _structure("plural_labels"),
        _integer("position"),
        _flag("inactive"),
    )
    op.create_index("record_type_key", "record_type", ["key"], unique=True)
    _record_table(
        "custom_record",
        _text("type"),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("root_id", sa.Uuid(), nullable=True),
        _text("name"),
        _text("search_text"),
    )
    op.create_index(
        "custom_record_search",
        "custom_record",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index("custom_record_root", "custom_record", ["root_id"])
    op.create_index("custom_record_parent", "custom_record", ["parent_id"])
    op.create_table(
        "defined",
        sa.Column("only", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint('"only"', name="defined_only"),
        sa.PrimaryKeyConstraint("only"),
    )
    op.execute("insert into defined default values")
    op.create_table(
        "field_step",
        sa.Column("field_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("from_kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("field_id", "step"),
    )
    op.create_table(
        "field_kept",
        sa.Column("field_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("field_id", "step", "record_id"),
    )
    op.create_table(
        "field_task",
        sa.Column("field_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("field_id"),
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
        *columns,
        sa.Column("base_json", sa.Text(), nullable=False),
        _structure("facets_json"),
        sa.PrimaryKeyConstraint("id"),
    )


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _structure(name: str) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(), server_default="{}", nullable=False)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def _integer(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)
