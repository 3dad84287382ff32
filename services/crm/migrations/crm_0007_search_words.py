"""Words and beginnings, for the search box"""

import sqlalchemy as sa
from alembic import op

revision = "crm_0007"
down_revision = "crm_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("party", "contact_point", "activity", "opportunity"):
        words = [sa.text("string_to_array(search_text, ' ')")]
        op.create_index(f"{name}_words", name, words, postgresql_using="gin")
        op.create_index(f"{name}_begins", name, [sa.text('"left"(search_text, 64) text_pattern_ops')])
