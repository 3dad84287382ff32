"""Tables of after-sales: one per entity, each with the fields of its message as columns."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.schema import (
    day,
    decimal,
    flag,
    ident,
    integer,
    moment,
    record_table,
    search_column,
    search_index,
    structure,
    text,
)

metadata = sa.MetaData()

installed_product = record_table(
    "installed_product",
    metadata,
    ident("party_id"),
    ident("end_user_id"),
    ident("site_id"),
    text("location"),
    text("article_code"),
    text("description"),
    text("serial_number"),
    text("model"),
    text("batch"),
    text("product_line"),
    text("state"),
    day("sold_on"),
    day("delivered_on"),
    day("invoiced_on"),
    day("resold_on"),
    day("commissioned_on"),
    day("retired_on"),
    text("offer_number"),
    text("order_number"),
    text("delivery_number"),
    ident("offer_id"),
    ident("revision_id"),
    ident("order_id"),
    ident("line_id"),
    # Of imported machines nobody knows it: NULL.
    sa.Column("as_sold", pg.JSONB),
    decimal("sold_price"),
    text("sold_currency"),
    decimal("sold_unit_price"),
    text("sold_discounts"),
    search_column(),
)
search_index(installed_product)
sa.Index("installed_product_party", installed_product.c.party_id)
sa.Index("installed_product_order", installed_product.c.order_id)
sa.Index(
    "installed_product_serial",
    installed_product.c.serial_number,
    postgresql_where=installed_product.c.serial_number != "",
)

component = record_table(
    "component",
    metadata,
    ident("party_id"),
    ident("installed_product_id"),
    text("article_code"),
    text("description"),
    decimal("quantity"),
    text("unit"),
    text("serial_number"),
    text("batch"),
    day("fitted_on"),
    day("removed_on"),
    day("delivered_on"),
    text("delivery_number"),
    text("offer_number"),
    ident("order_id"),
    ident("line_id"),
    search_column(),
)
search_index(component)
sa.Index("component_party", component.c.party_id)
sa.Index("component_product", component.c.installed_product_id)
sa.Index("component_order", component.c.order_id)


def _terms() -> list[sa.Column[object]]:
    """What a warranty and the policy that it came from have in common."""
    return [
        structure("terms"),
        decimal("usage_limit"),
        text("usage_unit"),
        integer("notice_days"),
        flag("covers_parts"),
        flag("covers_labour"),
        flag("covers_travel"),
        text("conditions"),
    ]


warranty = record_table(
    "warranty",
    metadata,
    ident("installed_product_id"),
    text("name"),
    structure("extensions"),
    *_terms(),
    day("starts_on"),
    day("ends_on"),
    ident("policy_id"),
)
sa.Index("warranty_product", warranty.c.installed_product_id)
sa.Index("warranty_ends", warranty.c.ends_on)

warranty_policy = record_table(
    "warranty_policy",
    metadata,
    text("name"),
    text("article_code"),
    text("for_product_line"),
    *_terms(),
    flag("inactive"),
)

business_calendar = record_table(
    "business_calendar",
    metadata,
    text("name"),
    text("time_zone"),
    structure("windows"),
    structure("holidays"),
)

sla_policy = record_table(
    "sla_policy",
    metadata,
    text("name"),
    ident("calendar_id"),
    structure("targets"),
    flag("standard"),
)

code = record_table(
    "code",
    metadata,
    text("kind"),
    text("code"),
    text("name"),
    structure("names"),
    flag("excluded_from_warranty"),
    flag("inactive"),
    search_column(),
)
search_index(code)
sa.Index(
    "code_of_kind",
    code.c.kind,
    code.c.code,
    unique=True,
    postgresql_where=code.c.deleted.is_(False),
)

request = record_table(
    "request",
    metadata,
    ident("party_id"),
    ident("installed_product_id"),
    text("number"),
    text("title"),
    text("description"),
    text("contact_name"),
    text("channel"),
    text("priority"),
    text("state"),
    ident("assignee_id"),
    moment("reported_at"),
    day("fault_on"),
    decimal("usage"),
    ident("symptom_id"),
    ident("cause_id"),
    ident("component_code_id"),
    ident("remedy_id"),
    text("resolution"),
    ident("sla_policy_id"),
    moment("response_due_at"),
    moment("resolution_due_at"),
    moment("responded_at"),
    moment("resolved_at"),
    moment("closed_at"),
    integer("resolution_left_s"),
    text("coverage"),
    text("coverage_reason"),
    text("coverage_note"),
    ident("warranty_id"),
    search_column(),
)
search_index(request)
sa.Index("request_party", request.c.party_id)
sa.Index("request_product", request.c.installed_product_id)
sa.Index("request_assignee", request.c.assignee_id)
sa.Index("request_number", request.c.number, unique=True, postgresql_where=request.c.number != "")
sa.Index(
    "request_due",
    request.c.resolution_due_at,
    postgresql_where=request.c.resolution_due_at.is_not(None),
)

task = record_table(
    "task",
    metadata,
    ident("request_id"),
    text("title"),
    text("notes"),
    ident("assignee_id"),
    moment("due_at"),
    integer("due_minutes"),
    integer("position"),
    text("state"),
    text("outcome"),
    moment("completed_at"),
    search_column(),
)
search_index(task)
sa.Index("task_request", task.c.request_id)
sa.Index("task_assignee_due", task.c.assignee_id, task.c.due_at)

clock_event = record_table(
    "clock_event",
    metadata,
    ident("request_id"),
    text("clock"),
    text("kind"),
    moment("at"),
    ident("calendar_id"),
    integer("minutes"),
    integer("position"),
)
sa.Index("clock_event_request", clock_event.c.request_id)

#: Last number of each series and year; the row is locked while a number is taken.
number_series = sa.Table(
    "number_series",
    metadata,
    sa.Column("series", sa.Text, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("last_number", sa.BigInteger, nullable=False),
)

TABLES = {
    "aftersales.installed_product": installed_product,
    "aftersales.component": component,
    "aftersales.warranty": warranty,
    "aftersales.warranty_policy": warranty_policy,
    "aftersales.business_calendar": business_calendar,
    "aftersales.sla_policy": sla_policy,
    "aftersales.code": code,
    "aftersales.request": request,
    "aftersales.task": task,
    "aftersales.clock_event": clock_event,
}
