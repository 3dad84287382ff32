"""How often which fault occurs: by model, batch, article or age of the machines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.aftersales.domain.figures import age_class
from services.aftersales.storage.tables import code, installed_product, request
from services.kit.company_time import company_date
from services.kit.database import Database
from services.kit.entities import entity
from services.kit.errors import Forbidden
from services.kit.permissions import Access, condition

CODES: Final[Mapping[str, sa.Column[Any]]] = {
    "symptom": request.c.symptom_id,
    "cause": request.c.cause_id,
    "component": request.c.component_code_id,
    "remedy": request.c.remedy_id,
}
GROUPS: Final[Mapping[str, sa.Column[Any]]] = {
    "model": installed_product.c.model,
    "batch": installed_product.c.batch,
    "article": installed_product.c.article_code,
}
AGE: Final = "age"


@dataclass(frozen=True, slots=True)
class FaultCount:
    """One fault in one group: how many requests, of how many machines, of how many that are installed."""

    group: str
    code_id: UUID | None
    code: str
    code_name: str
    requests: int
    machines: int
    installed: int


def faults(
    database: Database,
    access: Access,
    *,
    by: str,
    kind: str,
    since: date | None,
    until: date | None,
) -> list[FaultCount]:
    """Count the requests about a machine, the most frequent fault first.

    Requests without a machine are no faults of one and are left out; only what the caller may see counts.

    Raises:
        Forbidden: NOT_GRANTED, for who may read nothing of the service.
    """
    require_reading(access)
    with database.read() as connection:
        rows = [dict(row) for row in connection.execute(_told(database, access, kind)).mappings()]
        installed = _installed(connection, database, access, by)
    counted: dict[tuple[str, UUID | None], list[Any]] = defaultdict(list)
    for row in rows:
        fault_on = row["fault_on"] or company_date(row["reported_at"])
        if (since is None or since <= fault_on) and (until is None or fault_on <= until):
            counted[_group(row, by, fault_on), row["code_id"]].append(row)
    found = [
        FaultCount(
            group,
            code_id,
            told[0]["code"] or "",
            told[0]["code_name"] or "",
            len(told),
            len({row["product_id"] for row in told}),
            installed.get(group, 0),
        )
        for (group, code_id), told in counted.items()
    ]
    return sorted(found, key=lambda each: (-each.requests, each.group, each.code))


def require_reading(access: Access) -> None:
    """Refuse who may read no request at all.

    Raises:
        Forbidden: NOT_GRANTED.
    """
    if not access.allows("service", "read"):
        raise Forbidden("NOT_GRANTED", params={"entity": "aftersales.request", "action": "read"})


def _told(database: Database, access: Access, kind: str) -> sa.Select[Any]:
    code_id = CODES[kind]
    visible = condition(access, entity("aftersales.request"), "read", database.tables)
    machine_visible = condition(access, entity("aftersales.installed_product"), "read", database.tables)
    return (
        sa.select(
            request.c.fault_on,
            request.c.reported_at,
            installed_product.c.id.label("product_id"),
            installed_product.c.delivered_on,
            *(column.label(name) for name, column in GROUPS.items()),
            code.c.id.label("code_id"),
            code.c.code,
            code.c.name.label("code_name"),
        )
        .select_from(
            request.join(installed_product, request.c.installed_product_id == installed_product.c.id).join(
                code, code.c.id == code_id, isouter=True
            )
        )
        .where(request.c.deleted.is_(False), visible, machine_visible)
    )


def _group(row: Mapping[str, Any], by: str, fault_on: date) -> str:
    if by != AGE:
        return str(row[by])
    delivered = row["delivered_on"]
    return age_class((fault_on - delivered).days) if delivered else ""


def _installed(connection: sa.Connection, database: Database, access: Access, by: str) -> dict[str, int]:
    if by == AGE:
        return {}
    group = GROUPS[by]
    visible = condition(access, entity("aftersales.installed_product"), "read", database.tables)
    rows = connection.execute(
        sa.select(group, sa.func.count())
        .where(installed_product.c.deleted.is_(False), visible)
        .group_by(group)
    )
    return {key: count for key, count in rows}  # noqa: C416
