"""Tables of the CRM: one per entity, each with the fields of its message as columns."""

from __future__ import annotations

import sqlalchemy as sa

from services.kit.schema import (
    flag,
    ident,
    idents,
    moment,
    record_table,
    search_column,
    search_index,
    text,
    texts,
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
    search_column(),
)
search_index(party)
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
sa.Index("contact_point_party", contact_point.c.party_id)

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
)
search_index(activity)
sa.Index("activity_party", activity.c.party_id)
sa.Index("activity_owner_due", activity.c.owner_id, activity.c.due_at)

TABLES = {
    "crm.party": party,
    "crm.address": address,
    "crm.contact_point": contact_point,
    "crm.activity": activity,
}
