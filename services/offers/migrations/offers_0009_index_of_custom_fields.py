"""Custom fields are found by their value"""

import sqlalchemy as sa
from alembic import op

revision = "offers_0009"
down_revision = "offers_0008"
branch_labels = None
depends_on = None

_TABLES = (
    "article",
    "charge",
    "company",
    "customer_order",
    "number_block",
    "offer",
    "offer_line",
    "offer_status",
    "price",
    "price_list",
    "reason",
    "revision",
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
