"""Tables of offers: one per entity, each with the fields of its message as columns, and the number series."""

from __future__ import annotations

import sqlalchemy as sa

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
)

metadata = sa.MetaData()

article = record_table(
    "article",
    metadata,
    text("product_line"),
    text("code"),
    text("description"),
    structure("descriptions"),
    text("unit"),
    text("family"),
    decimal("vat_rate"),
    text("natura"),
    decimal("weight_kg"),
    text("status"),
    text("replaced_by"),
    decimal("unit_cost"),
    day("cost_date"),
    search_column(),
)
search_index(article)
sa.Index("article_code", article.c.code, unique=True, postgresql_where=sa.not_(article.c.deleted))

price_list = record_table(
    "price_list",
    metadata,
    text("code"),
    text("name"),
    text("currency"),
    day("valid_from"),
    day("valid_to"),
    flag("standard"),
    text("source"),
    text("customer_code"),
    search_column(),
)
search_index(price_list)
sa.Index("price_list_code", price_list.c.code, unique=True, postgresql_where=sa.not_(price_list.c.deleted))

price = record_table(
    "price",
    metadata,
    ident("price_list_id"),
    ident("article_id"),
    decimal("unit_price"),
    decimal("min_quantity"),
    day("valid_from"),
    day("valid_to"),
    flag("net"),
    text("discounts"),
)
sa.Index("price_list_article", price.c.price_list_id, price.c.article_id)
sa.Index("price_article", price.c.article_id)

reason = record_table(
    "reason",
    metadata,
    text("code"),
    text("outcome"),
    structure("texts"),
    flag("inactive"),
    integer("position"),
    search_column(),
)
search_index(reason)
sa.Index(
    "reason_code", reason.c.outcome, reason.c.code, unique=True, postgresql_where=sa.not_(reason.c.deleted)
)

offer_status = record_table(
    "offer_status",
    metadata,
    text("code"),
    text("state"),
    structure("texts"),
    integer("probability"),
    integer("position"),
    flag("inactive"),
    search_column(),
)
search_index(offer_status)
sa.Index(
    "offer_status_code", offer_status.c.code, unique=True, postgresql_where=sa.not_(offer_status.c.deleted)
)

company = record_table(
    "company",
    metadata,
    text("name"),
    text("address"),
    text("vat_number"),
    text("tax_code"),
    text("phone"),
    text("email"),
    text("website"),
    text("legal_note"),
    text("iban"),
    text("bank"),
    search_column(),
    text("logo"),
)
search_index(company)

offer = record_table(
    "offer",
    metadata,
    ident("team_id"),
    text("product_line"),
    idents("shared_with"),
    ident("party_id"),
    text("title"),
    text("number"),
    text("state"),
    day("offer_date"),
    text("contact_name"),
    text("reference"),
    ident("accepted_revision_id"),
    ident("order_id"),
    text("notes"),
    ident("status_id"),
    ident("outcome_reason_id"),
    text("outcome_note"),
    text("competitor"),
    decimal("competitor_price"),
    ident("opportunity_id"),
    search_column(),
)
search_index(offer)
# What may expire: looked at every minute.
sa.Index(
    "offer_open",
    offer.c.state,
    postgresql_where=offer.c.state.in_(["ready", "sent", "negotiation"]),
)
sa.Index("offer_party", offer.c.party_id)
sa.Index("offer_owner", offer.c.owner_id)
sa.Index("offer_number", offer.c.number, unique=True, postgresql_where=offer.c.number != "")

revision = record_table(
    "revision",
    metadata,
    ident("offer_id"),
    integer("ordinal"),
    text("alternative"),
    text("state"),
    text("currency"),
    text("language"),
    day("valid_until"),
    text("payment_terms"),
    text("delivery_terms"),
    text("introduction"),
    ident("price_list_id"),
    text("header_discounts"),
    decimal("lines_net"),
    decimal("header_discount"),
    decimal("taxable"),
    structure("vat_groups"),
    decimal("total"),
    text("sha256"),
    text("previous_sha256"),
    moment("frozen_at"),
    ident("based_on_id"),
    decimal("cost_total"),
    decimal("margin_percent"),
    flag("fold_header"),
    flag("split_payment"),
    decimal("payable"),
    decimal("trade_in"),
    decimal("balance"),
    idents("stale_charge_ids"),
    ident("sending_id"),
    text("sending_failure"),
    moment("sent_at"),
    text("sent_to"),
)
sa.Index("revision_offer", revision.c.offer_id, revision.c.alternative, revision.c.ordinal, unique=True)

# Not "line": PostgreSQL has a type of that name.
line = record_table(
    "offer_line",
    metadata,
    ident("revision_id"),
    integer("position"),
    ident("article_id"),
    text("code"),
    text("description"),
    decimal("quantity"),
    text("unit"),
    decimal("unit_price"),
    text("discounts"),
    decimal("vat_rate"),
    text("natura"),
    decimal("amount"),
    decimal("unit_cost"),
    text("kind"),
    text("presence"),
    flag("selected"),
    text("choice"),
    decimal("weight_kg"),
    decimal("list_price"),
    text("lock"),
    ident("price_list_id"),
    structure("price_trail"),
    ident("origin_id"),
    search_column(),
)
sa.Index("offer_line_revision", line.c.revision_id)
search_index(line)

charge = record_table(
    "charge",
    metadata,
    ident("revision_id"),
    integer("position"),
    text("description"),
    decimal("amount"),
    text("mode"),
    text("formula"),
    decimal("rate"),
    decimal("units"),
    text("base"),
    idents("serves"),
    text("vat"),
    decimal("vat_rate"),
    text("natura"),
    decimal("net"),
    text("spread_method"),
    text("spread_inputs"),
    structure("spread_shares"),
)
sa.Index("charge_revision", charge.c.revision_id)

customer_order = record_table(
    "customer_order",
    metadata,
    ident("offer_id"),
    ident("revision_id"),
    text("state"),
    text("number"),
    text("order_key"),
    integer("attempt"),
    text("refusal"),
    text("currency"),
    decimal("taxable"),
    decimal("total"),
    text("revision_sha256"),
    moment("requested_at"),
    moment("registered_at"),
    moment("delivered_at"),
    texts("delivery_numbers"),
    search_column(),
)
search_index(customer_order)
sa.Index("customer_order_key", customer_order.c.order_key, unique=True)
sa.Index(
    "customer_order_open",
    customer_order.c.state,
    postgresql_where=customer_order.c.state.in_(["waiting_for_customer", "sent"]),
)
# At most one live order per offer, whatever code runs.
sa.Index(
    "customer_order_live",
    customer_order.c.offer_id,
    unique=True,
    postgresql_where=sa.and_(customer_order.c.state != "cancelled", sa.not_(customer_order.c.deleted)),
)

#: Whose the CRM's addresses are, of which `root_scope` has the copies.
party_address = sa.Table(
    "party_address",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("party_id", sa.Uuid, nullable=False),
)
sa.Index("party_address_party", party_address.c.party_id)

#: Public and internal canonical snapshots of frozen revisions.
snapshot = sa.Table(
    "snapshot",
    metadata,
    sa.Column("revision_id", sa.Uuid, primary_key=True),
    # Canonical JSON: hashed, chained, printed.
    sa.Column("public", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("previous_sha256", sa.Text, nullable=False),
    # Cost and margin, digested apart.
    sa.Column("internal", sa.Text, nullable=False),
    sa.Column("internal_sha256", sa.Text, nullable=False),
    sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
)

number_block = record_table(
    "number_block",
    metadata,
    text("series"),
    integer("year"),
    ident("device_id"),
    integer("first"),
    integer("last"),
)
sa.Index("number_block_device", number_block.c.device_id, number_block.c.series, number_block.c.year)

#: Last number given per series and year.
number_series = sa.Table(
    "number_series",
    metadata,
    sa.Column("series", sa.Text, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("last_number", sa.BigInteger, nullable=False),
)

TABLES = {
    "offers.article": article,
    "offers.price_list": price_list,
    "offers.price": price,
    "offers.reason": reason,
    "offers.offer_status": offer_status,
    "offers.company": company,
    "offers.offer": offer,
    "offers.revision": revision,
    "offers.line": line,
    "offers.charge": charge,
    "offers.order": customer_order,
    "offers.number_block": number_block,
}
