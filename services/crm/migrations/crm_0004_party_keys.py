"""What parties are recognised by"""

import sqlalchemy as sa
from alembic import op

revision = "crm_0004"
down_revision = "crm_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "party_key",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "kind"),
    )
    op.create_index("party_key_value", "party_key", ["value", "kind"])
    op.create_index("party_key_party", "party_key", ["party_id"])
    op.create_index(
        "party_key_name",
        "party_key",
        ["value"],
        postgresql_using="gin",
        postgresql_ops={"value": "gin_trgm_ops"},
        postgresql_where=sa.text("kind = 'name'"),
    )
