"""Copies of the customers' addresses, for prints"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "offers_0005"
down_revision = "offers_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "party_address",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("party_address_party", "party_address", ["party_id"])
