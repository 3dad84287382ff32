"""The lease of copies, by role"""

import sqlalchemy as sa
from alembic import op

revision = "identity_0002"
down_revision = "identity_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("role", "access"):
        op.add_column(table, sa.Column("lease_days", sa.Integer(), server_default="0", nullable=False))
