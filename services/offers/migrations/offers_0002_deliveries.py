"""Orders know the numbers of their deliveries"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "offers_0002"
down_revision = "offers_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "customer_order",
        sa.Column("delivery_numbers", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
