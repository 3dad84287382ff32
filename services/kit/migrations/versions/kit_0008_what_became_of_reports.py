"""What became of reports on a schedule"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "kit_0008"
down_revision = "kit_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("sending_problem", postgresql.JSONB(), nullable=True))
    op.add_column("report", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
