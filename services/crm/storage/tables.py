"""Tables of the CRM: one per entity, each with the fields of its message as columns."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.schema import (
    day,
    decimal,
    flag,
    ident,
    idents,
    integer,
    moment,
    record_table,
    search_column,
    search_index,
    structure,
    text,
    texts,
    word_indexes,
)

metadata = sa.MetaData()

party = record_table(
    "party",
    metadata,
    ident("team_id"),
    ident("territory_id"),
    idents("shared_with"),
    text("kind"),
    text("name"),
    texts("roles"),
    text("vat_number"),
    text("tax_code"),
    text("sdi_code"),
    text("pec"),
    text("country"),
    text("language"),
    text("website"),
    text("notes"),
    text("private_notes"),
    text("state"),
    text("erp_code"),
    text("credit_state"),
    text("payment_terms"),
    ident("merged_into_id"),
    text("given_name"),
    text("family_name"),
    search_column(),
)
search_index(party)
word_indexes(party)
sa.Index("party_territory", party.c.territory_id)
sa.Index("party_owner", party.c.owner_id)
sa.Index("party_vat_number", party.c.vat_number, postgresql_where=party.c.vat_number != "")

address = record_table(
    "address",
    metadata,
    ident("party_id"),
    text("kind"),
    text("label"),
    text("street"),
    text("postal_code"),
    text("city"),
    text("province"),
    text("country"),
    flag("primary"),
    text("access_notes"),
    search_column(),
)
search_index(address)
sa.Index("address_party", address.c.party_id)

contact_point = record_table(
    "contact_point",
    metadata,
    ident("party_id"),
    text("kind"),
    text("value"),
    text("label"),
    text("person_name"),
    flag("preferred"),
    search_column(),
)
search_index(contact_point)
word_indexes(contact_point)
sa.Index("contact_point_party", contact_point.c.party_id)

relationship = record_table(
    "relationship",
    metadata,
    ident("party_id"),
    text("kind"),
    ident("other_id"),
    text("function"),
    day("since"),
    day("until"),
    text("notes"),
    search_column(),
)
search_index(relationship)
sa.Index("relationship_party", relationship.c.party_id)
sa.Index("relationship_other", relationship.c.other_id)

handover = record_table(
    "handover",
    metadata,
    ident("territory_id"),
    ident("from_owner_id"),
    ident("to_owner_id"),
    ident("only_territory_id"),
    idents("only_party_ids"),
    ident("to_territory_id"),
    text("reason"),
    text("state"),
    integer("total"),
    integer("handed_over"),
    integer("refused"),
    integer("records"),
)

#: The parties of a handover, from its start: what became of each.
handover_party = sa.Table(
    "handover_party",
    metadata,
    sa.Column("handover_id", sa.Uuid, primary_key=True),
    sa.Column("party_id", sa.Uuid, primary_key=True),
    # waiting, handed_over, refused.
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
)

#: Passages of parties from one owner, team or territory to another.
party_passage = sa.Table(
    "party_passage",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("party_id", sa.Uuid, nullable=False),
    # owner_id, team_id, territory_id.
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("from_id", sa.Uuid),
    sa.Column("to_id", sa.Uuid),
    sa.Column("by_id", sa.Uuid),
    # When it was decided (on a device, perhaps) and when it arrived here.
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("handover_id", sa.Uuid),
)
sa.Index("party_passage_party", party_passage.c.party_id, party_passage.c.id)

activity = record_table(
    "activity",
    metadata,
    ident("party_id"),
    text("kind"),
    text("subject"),
    text("notes"),
    moment("starts_at"),
    moment("ends_at"),
    moment("due_at"),
    text("state"),
    text("outcome"),
    search_column(),
    ident("team_id"),
    ident("territory_id"),
    idents("shared_with"),
    text("time_zone"),
    day("starts_on"),
    day("ends_on"),
    text("location"),
    text("recurrence"),
    texts("excluded"),
    ident("series_id"),
    text("recurrence_id"),
    moment("last_ends_at"),
    text("subject_entity"),
    ident("subject_id"),
    idents("participant_ids"),
    idents("participant_party_ids"),
    texts("participant_addresses"),
    ident("outcome_id"),
    integer("minutes"),
    decimal("kilometres"),
    ident("follows_id"),
)
search_index(activity)
word_indexes(activity)
sa.Index("activity_party", activity.c.party_id)
sa.Index("activity_owner_due", activity.c.owner_id, activity.c.due_at)
sa.Index("activity_owner_starts", activity.c.owner_id, activity.c.starts_at)
sa.Index(
    "activity_owner_days",
    activity.c.owner_id,
    activity.c.starts_on,
    postgresql_where=activity.c.starts_on.is_not(None),
)
sa.Index("activity_owner_series", activity.c.owner_id, postgresql_where=activity.c.recurrence != "")
sa.Index(
    "activity_participants",
    activity.c.participant_ids,
    postgresql_using="gin",
    postgresql_where=activity.c.participant_ids != sa.text("'{}'"),
)
sa.Index("activity_subject", activity.c.subject_id, postgresql_where=activity.c.subject_id.is_not(None))
#: Whatever two devices do, an occurrence becomes one record.
sa.Index(
    "activity_occurrence",
    activity.c.series_id,
    activity.c.recurrence_id,
    unique=True,
    postgresql_where=sa.and_(activity.c.series_id.is_not(None), activity.c.deleted.is_(False)),
)

expense = record_table(
    "expense",
    metadata,
    ident("activity_id"),
    text("kind"),
    decimal("amount"),
    text("currency"),
    day("spent_on"),
    text("notes"),
)
sa.Index("expense_activity", expense.c.activity_id)

outcome = record_table(
    "outcome",
    metadata,
    text("code"),
    text("kind"),
    structure("texts"),
    text("next_step"),
    text("next_kind"),
    integer("next_days"),
    flag("inactive"),
    integer("position"),
    search_column(),
)
search_index(outcome)

appointment = record_table(
    "appointment",
    metadata,
    text("subject"),
    text("notes"),
    text("location"),
    moment("starts_at"),
    moment("ends_at"),
    text("time_zone"),
    day("starts_on"),
    day("ends_on"),
    text("recurrence"),
    texts("excluded"),
    ident("series_id"),
    text("recurrence_id"),
    moment("last_ends_at"),
)
sa.Index("appointment_owner", appointment.c.owner_id, appointment.c.starts_at)
sa.Index(
    "appointment_occurrence",
    appointment.c.series_id,
    appointment.c.recurrence_id,
    unique=True,
    postgresql_where=sa.and_(appointment.c.series_id.is_not(None), appointment.c.deleted.is_(False)),
)

reminder = record_table(
    "reminder",
    metadata,
    text("subject_entity"),
    ident("subject_id"),
    text("text"),
    text("trigger"),
    moment("at"),
    integer("minutes_before"),
    moment("acknowledged_at"),
    moment("snoozed_until"),
    moment("due_at"),
    moment("next_at"),
)
sa.Index("reminder_owner", reminder.c.owner_id)
sa.Index("reminder_subject", reminder.c.subject_id)
#: Read every other second.
sa.Index("reminder_next", reminder.c.next_at, postgresql_where=reminder.c.next_at.is_not(None))

calendar_feed = record_table("calendar_feed", metadata, text("name"), flag("active"), moment("rotated_at"))
sa.Index("calendar_feed_owner", calendar_feed.c.owner_id)

#: Secret addresses of feeds. Not in the record: records travel.
calendar_token = sa.Table(
    "calendar_token",
    metadata,
    sa.Column("feed_id", sa.Uuid, primary_key=True),
    sa.Column("owner_id", sa.Uuid, nullable=False),
    sa.Column("token", sa.Text, nullable=False),
    # Looked up by it: how long a comparison takes tells nothing about the token.
    sa.Column("sha256", sa.LargeBinary, nullable=False, unique=True),
)

opportunity_stage = record_table(
    "opportunity_stage",
    metadata,
    text("code"),
    text("state"),
    structure("texts"),
    integer("probability"),
    integer("position"),
    flag("inactive"),
    search_column(),
)
search_index(opportunity_stage)
sa.Index(
    "opportunity_stage_code",
    opportunity_stage.c.code,
    unique=True,
    postgresql_where=sa.not_(opportunity_stage.c.deleted),
)

loss_reason = record_table(
    "loss_reason",
    metadata,
    text("code"),
    text("outcome"),
    structure("texts"),
    flag("inactive"),
    integer("position"),
    search_column(),
)
search_index(loss_reason)
sa.Index(
    "loss_reason_code",
    loss_reason.c.outcome,
    loss_reason.c.code,
    unique=True,
    postgresql_where=sa.not_(loss_reason.c.deleted),
)

opportunity = record_table(
    "opportunity",
    metadata,
    ident("team_id"),
    text("product_line"),
    idents("shared_with"),
    ident("party_id"),
    text("title"),
    ident("stage_id"),
    text("state"),
    decimal("probability"),
    decimal("value"),
    text("currency"),
    day("expected_close"),
    text("source"),
    text("competitor"),
    text("notes"),
    ident("reason_id"),
    text("outcome_note"),
    moment("closed_at"),
    text("proposal"),
    search_column(),
)
search_index(opportunity)
word_indexes(opportunity)
sa.Index("opportunity_party", opportunity.c.party_id)
sa.Index("opportunity_owner", opportunity.c.owner_id)
sa.Index("opportunity_expected", opportunity.c.expected_close)

selling_rate = record_table(
    "selling_rate",
    metadata,
    ident("role_id"),
    day("valid_from"),
    text("currency"),
    decimal("hourly_rate"),
    decimal("kilometre_rate"),
)

#: How each opportunity stood from a moment on: stages and figures as they were, whatever came later.
opportunity_standing = sa.Table(
    "opportunity_standing",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("opportunity_id", sa.Uuid, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("stage_id", sa.Uuid),
    sa.Column("probability", sa.Numeric),
    sa.Column("value", sa.Numeric),
    sa.Column("currency", sa.Text, nullable=False),
    # What brought it here; empty: a change of its fields.
    sa.Column("command", sa.Text, nullable=False, server_default=""),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("by_id", sa.Uuid),
    # When it was decided (on a device, perhaps), never before the standing that it follows; when it arrived.
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
)
sa.Index(
    "opportunity_standing_latest",
    opportunity_standing.c.opportunity_id,
    opportunity_standing.c.made_at.desc(),
    opportunity_standing.c.id.desc(),
)

timeline_entry = record_table(
    "timeline_entry",
    metadata,
    ident("team_id"),
    ident("territory_id"),
    text("product_line"),
    idents("shared_with"),
    ident("party_id"),
    text("source_group"),
    text("source_entity"),
    ident("source_id"),
    text("subject_entity"),
    ident("subject_id"),
    text("what"),
    text("title"),
    text("detail"),
    moment("happened_at"),
    ident("by_id"),
    ident("root_id"),
    search_column(),
)
search_index(timeline_entry)
#: The order of lists, as kit writes it: a record without a time comes first.
_HAPPENED = sa.text("coalesce(happened_at, '-infinity'::timestamptz) desc")
_NEWEST = sa.text("id desc")
sa.Index("timeline_entry_latest", _HAPPENED, _NEWEST, _table=timeline_entry)
sa.Index("timeline_entry_party", timeline_entry.c.party_id, _HAPPENED, _NEWEST)
sa.Index("timeline_entry_subject", timeline_entry.c.subject_id)
sa.Index("timeline_entry_source", timeline_entry.c.source_id)

timeline_visit = record_table("timeline_visit", metadata, moment("seen_at"))

#: What the timeline knows of other records: versions seen, and the facts of the newest.
timeline_source = sa.Table(
    "timeline_source",
    metadata,
    sa.Column("entity", sa.Text, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    # 0: only named by another record so far.
    sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("deleted", sa.Boolean, nullable=False, server_default=sa.false()),
    # The record that gives it its place, and mostly its party.
    sa.Column("above_entity", sa.Text, nullable=False, server_default=""),
    sa.Column("above_id", sa.Uuid),
    # Of the newest version: party, title, scope fields, and what the lines read.
    sa.Column("facts", pg.JSONB, nullable=False, server_default="{}"),
    sa.Column("runs", pg.JSONB, nullable=False, server_default="[]"),
    # Life of the owner's database in which it was told.
    sa.Column("life", sa.Uuid),
)
sa.Index(
    "timeline_source_above",
    timeline_source.c.above_id,
    timeline_source.c.above_entity,
    postgresql_where=timeline_source.c.above_id.is_not(None),
)

#: What figures about parties know of other services' records, of the newest version of each.
figure_source = sa.Table(
    "figure_source",
    metadata,
    sa.Column("entity", sa.Text, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("deleted", sa.Boolean, nullable=False),
    # As its owner names it; a merged party's id stands for the survivor.
    sa.Column("party_id", sa.Uuid),
    # The offer of a revision or an order.
    sa.Column("above_id", sa.Uuid),
    sa.Column("owner_id", sa.Uuid),
    sa.Column("team_id", sa.Uuid),
    sa.Column("product_line", sa.Text, nullable=False, server_default=""),
    sa.Column("shared_with", pg.ARRAY(sa.Uuid), nullable=False, server_default="{}"),
    sa.Column("state", sa.Text, nullable=False),
    # When it came to stand as it does.
    sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("amount", sa.Numeric),
    sa.Column("currency", sa.Text, nullable=False, server_default=""),
    sa.Column("cost", sa.Numeric),
    sa.Column("chosen_id", sa.Uuid),
    sa.Column("opportunity_id", sa.Uuid),
)
sa.Index("figure_source_party", figure_source.c.party_id)
sa.Index("figure_source_above", figure_source.c.above_id)
sa.Index(
    "figure_source_opportunity",
    figure_source.c.opportunity_id,
    postgresql_where=figure_source.c.opportunity_id.is_not(None),
)

#: Merges as they were done, to be taken back while nothing else happened to what they touched.
party_merge = sa.Table(
    "party_merge",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("survivor_id", sa.Uuid, nullable=False),
    sa.Column("other_id", sa.Uuid, nullable=False),
    sa.Column("by_id", sa.Uuid),
    sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("undone_at", sa.DateTime(timezone=True)),
    sa.Column("details", pg.JSONB, nullable=False),
)
sa.Index("party_merge_pair", party_merge.c.survivor_id, party_merge.c.other_id)

#: What parties are recognised by, one row per record and kind: name, vat_number, tax_code, email, domain,
#: phone, city. Fed by the CRM's own events; an empty value is one that is there no longer.
party_key = sa.Table(
    "party_key",
    metadata,
    sa.Column("record_id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("party_id", sa.Uuid, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    # Life of our database in which it was told: after a restore versions are given again.
    sa.Column("life", sa.Uuid),
)
sa.Index("party_key_value", party_key.c.value, party_key.c.kind)
sa.Index("party_key_party", party_key.c.party_id)
sa.Index(
    "party_key_name",
    party_key.c.value,
    postgresql_using="gin",
    postgresql_ops={"value": "gin_trgm_ops"},
    postgresql_where=party_key.c.kind == "name",
)

TABLES = {
    "crm.party": party,
    "crm.address": address,
    "crm.contact_point": contact_point,
    "crm.relationship": relationship,
    "crm.handover": handover,
    "crm.activity": activity,
    "crm.opportunity": opportunity,
    "crm.opportunity_stage": opportunity_stage,
    "crm.loss_reason": loss_reason,
    "crm.selling_rate": selling_rate,
    "crm.expense": expense,
    "crm.outcome": outcome,
    "crm.appointment": appointment,
    "crm.reminder": reminder,
    "crm.calendar_feed": calendar_feed,
    "crm.timeline_entry": timeline_entry,
    "crm.timeline_visit": timeline_visit,
}
