"""Custom fields are found by their value"""

import sqlalchemy as sa
from alembic import op

revision = "crm_0010"
down_revision = "crm_0009"
branch_labels = None
depends_on = None

_TABLES = (
    "activity",
    "address",
    "appointment",
    "calendar_feed",
    "contact_point",
    "expense",
    "handover",
    "loss_reason",
    "opportunity",
    "opportunity_stage",
    "outcome",
    "party",
    "relationship",
    "reminder",
    "selling_rate",
    "timeline_entry",
    "timeline_visit",
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
