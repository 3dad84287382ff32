"""The days of each device's lease, which its user's roles say"""

import sqlalchemy as sa
from alembic import op

revision = "sync_0004"
down_revision = "sync_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device", sa.Column("lease_days", sa.Integer, nullable=False, server_default="14"))
