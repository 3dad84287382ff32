"""The grant group of each record, which some entities name per record"""

import sqlalchemy as sa
from alembic import op

revision = "sync_0002"
down_revision = "sync_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Empty, for rows that are older than this: their entity's.
    op.add_column("entity", sa.Column("grant_group", sa.Text, nullable=False, server_default=""))
