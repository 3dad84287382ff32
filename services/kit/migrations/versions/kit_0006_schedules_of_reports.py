"""Schedules of reports"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "kit_0006"
down_revision = "kit_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("schedule", postgresql.JSONB(), nullable=True))
    op.add_column("report", sa.Column("next_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("report_next", "report", ["next_at"], postgresql_where=sa.text("next_at is not null"))
