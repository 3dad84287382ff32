"""Custom fields are found by their value"""

import sqlalchemy as sa
from alembic import op

revision = "mail_0002"
down_revision = "mail_0001"
branch_labels = None
depends_on = None

_TABLES = (
    "attachment",
    "link",
    "mailbox",
    "message",
    "review_item",
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
