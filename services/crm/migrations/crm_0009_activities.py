"""Activities whole: times, series, outcomes, expenses; appointments, reminders, calendar feeds"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "crm_0009"
down_revision = "crm_0008"
branch_labels = None
depends_on = None


def _record_columns() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("custom", postgresql.JSONB(), server_default="{}", nullable=False),
    ]


def _fragment_columns() -> list[sa.Column]:
    return [
        sa.Column("base_json", sa.Text(), nullable=False),
        sa.Column("facets_json", postgresql.JSONB(), server_default="{}", nullable=False),
    ]


def upgrade() -> None:
    op.add_column("activity", sa.Column("team_id", sa.Uuid(), nullable=True))
    op.add_column("activity", sa.Column("territory_id", sa.Uuid(), nullable=True))
    op.add_column(
        "activity", sa.Column("shared_with", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False)
    )
    op.add_column("activity", sa.Column("time_zone", sa.Text(), server_default="", nullable=False))
    op.add_column("activity", sa.Column("starts_on", sa.Date(), nullable=True))
    op.add_column("activity", sa.Column("ends_on", sa.Date(), nullable=True))
    op.add_column("activity", sa.Column("location", sa.Text(), server_default="", nullable=False))
    op.add_column("activity", sa.Column("recurrence", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "activity", sa.Column("excluded", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False)
    )
    op.add_column("activity", sa.Column("series_id", sa.Uuid(), nullable=True))
    op.add_column("activity", sa.Column("recurrence_id", sa.Text(), server_default="", nullable=False))
    op.add_column("activity", sa.Column("last_ends_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("activity", sa.Column("subject_entity", sa.Text(), server_default="", nullable=False))
    op.add_column("activity", sa.Column("subject_id", sa.Uuid(), nullable=True))
    op.add_column(
        "activity",
        sa.Column("participant_ids", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
    )
    op.add_column(
        "activity",
        sa.Column("participant_party_ids", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
    )
    op.add_column(
        "activity",
        sa.Column("participant_addresses", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column("activity", sa.Column("outcome_id", sa.Uuid(), nullable=True))
    op.add_column("activity", sa.Column("minutes", sa.Integer(), server_default="0", nullable=False))
    op.add_column("activity", sa.Column("kilometres", sa.Numeric(), nullable=True))
    op.add_column("activity", sa.Column("follows_id", sa.Uuid(), nullable=True))
    op.create_index(
        "activity_occurrence",
        "activity",
        ["series_id", "recurrence_id"],
        unique=True,
        postgresql_where=sa.text("series_id IS NOT NULL AND deleted IS false"),
    )
    op.create_index(
        "activity_owner_days",
        "activity",
        ["owner_id", "starts_on"],
        postgresql_where=sa.text("starts_on IS NOT NULL"),
    )
    op.create_index(
        "activity_owner_series", "activity", ["owner_id"], postgresql_where=sa.text("recurrence != ''")
    )
    op.create_index("activity_owner_starts", "activity", ["owner_id", "starts_at"])
    op.create_index(
        "activity_participants",
        "activity",
        ["participant_ids"],
        postgresql_using="gin",
        postgresql_where=sa.text("participant_ids != '{}'"),
    )
    op.create_index(
        "activity_subject", "activity", ["subject_id"], postgresql_where=sa.text("subject_id IS NOT NULL")
    )
    op.create_table(
        "expense",
        *_record_columns(),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=True),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        *_fragment_columns(),
        sa.PrimaryKeyConstraint("id"),
        info={"record": True},
    )
    op.create_index("expense_activity", "expense", ["activity_id"])
    op.create_table(
        "outcome",
        *_record_columns(),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("texts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("next_step", sa.Text(), server_default="", nullable=False),
        sa.Column("next_kind", sa.Text(), server_default="", nullable=False),
        sa.Column("next_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("inactive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        *_fragment_columns(),
        sa.PrimaryKeyConstraint("id"),
        info={"record": True},
    )
    op.create_index(
        "outcome_search",
        "outcome",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_table(
        "appointment",
        *_record_columns(),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("location", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("time_zone", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("recurrence", sa.Text(), server_default="", nullable=False),
        sa.Column("excluded", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("recurrence_id", sa.Text(), server_default="", nullable=False),
        sa.Column("last_ends_at", sa.DateTime(timezone=True), nullable=True),
        *_fragment_columns(),
        sa.PrimaryKeyConstraint("id"),
        info={"record": True},
    )
    op.create_index(
        "appointment_occurrence",
        "appointment",
        ["series_id", "recurrence_id"],
        unique=True,
        postgresql_where=sa.text("series_id IS NOT NULL AND deleted IS false"),
    )
    op.create_index("appointment_owner", "appointment", ["owner_id", "starts_at"])
    op.create_table(
        "reminder",
        *_record_columns(),
        sa.Column("subject_entity", sa.Text(), server_default="", nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("trigger", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes_before", sa.Integer(), server_default="0", nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        *_fragment_columns(),
        sa.PrimaryKeyConstraint("id"),
        info={"record": True},
    )
    op.create_index("reminder_next", "reminder", ["next_at"], postgresql_where=sa.text("next_at IS NOT NULL"))
    op.create_index("reminder_owner", "reminder", ["owner_id"])
    op.create_index("reminder_subject", "reminder", ["subject_id"])
    op.create_table(
        "calendar_feed",
        *_record_columns(),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        *_fragment_columns(),
        sa.PrimaryKeyConstraint("id"),
        info={"record": True},
    )
    op.create_index("calendar_feed_owner", "calendar_feed", ["owner_id"])
    op.create_table(
        "calendar_token",
        sa.Column("feed_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id"),
        sa.UniqueConstraint("sha256"),
    )
