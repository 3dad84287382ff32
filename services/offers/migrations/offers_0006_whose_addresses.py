"""Copies of addresses are kit's; ours is whose they are"""

from alembic import op

revision = "offers_0006"
down_revision = "offers_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("version", "deleted", "body"):
        op.drop_column("party_address", column)
