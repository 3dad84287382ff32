"""What read models know, by the life of the database that told it"""

import sqlalchemy as sa
from alembic import op

revision = "crm_0008"
down_revision = "crm_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("timeline_source", "party_key"):
        op.add_column(name, sa.Column("life", sa.Uuid(), nullable=True))
    op.create_index("timeline_entry_source", "timeline_entry", ["source_id"])
