"""Custom fields are found by their value"""

import sqlalchemy as sa
from alembic import op

revision = "kit_0007"
down_revision = "kit_0006"
branch_labels = None
depends_on = None

_TABLES = (
    "custom_record",
    "dashboard",
    "field_definition",
    "form_layout",
    "print_template",
    "record_type",
    "report",
)


def upgrade() -> None:
    for table in _TABLES:
        op.create_index(
            f"{table}_custom",
            table,
            ["custom"],
            postgresql_using="gin",
            postgresql_ops={"custom": "jsonb_path_ops"},
            postgresql_where=sa.text("custom <> '{}'::jsonb"),
        )
