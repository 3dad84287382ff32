"""The mark of what pull workers remember, and the indexes of pokes and of pruning"""

from alembic import op

revision = "sync_0003"
down_revision = "sync_0002"
branch_labels = None
depends_on = None

_CHANGES = """
-- Another one whenever floors or counts change without a number: a new leader, a sweep, a rebuild.
alter table head add column mark uuid not null default gen_random_uuid();
create index grant_row_seq on grant_row (seq);
create index grant_row_bucket on grant_row (bucket) where live;
create index device_held on device (held);
create index delivery_held on delivery (held);
create index delivery_at on delivery (at);
"""


def upgrade() -> None:
    op.execute(_CHANGES)
