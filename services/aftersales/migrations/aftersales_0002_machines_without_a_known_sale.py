"""Machines without a known sale"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "aftersales_0002"
down_revision = "aftersales_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column(
        "installed_product",
        "as_sold",
        existing_type=postgresql.JSONB(astext_type=sa.Text()),
        nullable=True,
        server_default=None,
    )
