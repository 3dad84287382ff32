"""What an operator must see of mail, counted in the database: every courier shows the same."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

_QUERY = sa.text(
    """
    select
        (select count(*) from delivery where next_attempt_at is not null) as queued,
        (select coalesce(extract(epoch from now() - min(queued_at)), 0) from delivery
            where next_attempt_at is not null) as oldest_queued_s,
        (select count(*) from message where direction = 'outgoing' and state = 'uncertain') as uncertain,
        (select count(*) from review_item where state = 'open') as review,
        (select count(*) from mailbox where state = 'failing' and not deleted and not paused) as failing,
        (select coalesce(extract(epoch from now() - min(p.read_at)), 0)
            from folder_position p join mailbox m on m.id = p.mailbox_id
            where not m.deleted and not m.paused and m.has_secret and m.imap_host <> '') as read_lag_s
    """
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts, and ages in seconds."""

    queued: int
    oldest_queued_s: float
    uncertain: int
    review: int
    failing: int
    read_lag_s: float


def figures(connection: sa.Connection) -> Figures:
    """Count."""
    row = connection.execute(_QUERY).one()
    return Figures(
        int(row.queued),
        float(row.oldest_queued_s),
        int(row.uncertain),
        int(row.review),
        int(row.failing),
        float(row.read_lag_s),
    )
