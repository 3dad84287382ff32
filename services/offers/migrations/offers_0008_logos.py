"""Companies have a logo"""

import sqlalchemy as sa
from alembic import op

revision = "offers_0008"
down_revision = "offers_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("company", sa.Column("logo", sa.Text(), server_default="", nullable=False))
