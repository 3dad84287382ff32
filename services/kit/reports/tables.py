"""Tables of reports, dashboards and views of lists; every owner has them, migrated with kit's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.schema import flag, idents, integer, metadata, moment, record_table, structure, text, texts

REPORT: Final = "report"
DASHBOARD: Final = "dashboard"
LIST_VIEW: Final = "list_view"

report = record_table(
    "report",
    metadata,
    idents("shared_with"),
    structure("names"),
    structure("descriptions"),
    structure("definition"),
    text("visibility"),
    idents("role_ids"),
    # Of one that is not sent: NULL.
    sa.Column("schedule", pg.JSONB),
    moment("next_at"),
    # Of one whose last time did not fail: NULL.
    sa.Column("sending_problem", pg.JSONB),
    moment("sent_at"),
)
sa.Index("report_next", report.c.next_at, postgresql_where=report.c.next_at.is_not(None))

dashboard = record_table(
    "dashboard",
    metadata,
    idents("shared_with"),
    structure("names"),
    structure("descriptions"),
    structure("tiles"),
    structure("filters"),
    text("visibility"),
    idents("role_ids"),
    integer("position"),
)

list_view = record_table(
    "list_view",
    metadata,
    idents("shared_with"),
    text("entity"),
    text("name"),
    text("search"),
    structure("filters"),
    text("sort_by"),
    flag("descending"),
    texts("columns"),
    text("visibility"),
    idents("role_ids"),
)

#: By the name that each has without its owner.
TABLES: Final[Mapping[str, sa.Table]] = {REPORT: report, DASHBOARD: dashboard, LIST_VIEW: list_view}
