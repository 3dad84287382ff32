"""Offers may be part of an opportunity"""

import sqlalchemy as sa
from alembic import op

revision = "offers_0007"
down_revision = "offers_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("offer", sa.Column("opportunity_id", sa.Uuid(), nullable=True))
