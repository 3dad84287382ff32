"""Reports and dashboards that a new company begins with: records of the system, seen by everybody.

Ids follow from the key, the same in every installation, so a dashboard may show reports of other owners. What
was changed or deleted stays so: each is made once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from services.kit.database.unit_of_work import UnitOfWork
from services.kit.entities import entity, parse_value
from services.kit.reports.rules import EVERYBODY
from services.kit.reports.tables import DASHBOARD, REPORT

Texts = tuple[str, str]
"""Italian and English."""
_SHARED: Final[Mapping[str, Any]] = {"visibility": "everybody", "shared_with": [EVERYBODY]}


@dataclass(frozen=True, slots=True)
class StandardReport:
    """A report; `description` says what is counted and what is not."""

    key: str
    name: Texts
    description: Texts
    definition: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report stands on a dashboard, in a grid of 12 columns."""

    service: str
    key: str
    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class StandardDashboard:
    """Reports side by side; `filters` are fields with their labels."""

    key: str
    name: Texts
    description: Texts
    places: Sequence[Place]
    position: int
    filters: Mapping[str, Texts] = field(default_factory=dict)


def record_id(template: str, service: str, key: str) -> str:
    """Return the id of a standard report or dashboard."""
    return str(uuid5(NAMESPACE_URL, f"projectsales:{template}:{service}:{key}"))


def labels(texts: Texts) -> dict[str, str]:
    """Return both texts by language."""
    italian, english = texts
    return {"en": english, "it": italian}


def by(name: str, step: str = "", texts: Texts | None = None) -> dict[str, Any]:
    """Return a group of a definition."""
    found: dict[str, Any] = {"field": name, "labels": labels(texts) if texts else {}}
    return found | ({"step": step} if step else {})


def measure(kind: str, name: str = "", texts: Texts | None = None, **more: str) -> dict[str, Any]:
    """Return a measure of a definition."""
    return {"kind": kind, "field": name, "labels": labels(texts) if texts else {}, **more}


def provide(
    uow: UnitOfWork, reports: Iterable[StandardReport], dashboards: Iterable[StandardDashboard] = ()
) -> None:
    """Make those that there never were."""
    for report in reports:
        _once(uow, REPORT, report.key, {**_told(report), "definition": report.definition})
    for dashboard in dashboards:
        _once(uow, DASHBOARD, dashboard.key, {**_told(dashboard), **_arranged(dashboard)})


def _told(each: StandardReport | StandardDashboard) -> dict[str, Any]:
    return {"names": labels(each.name), "descriptions": labels(each.description), **_SHARED}


def _arranged(dashboard: StandardDashboard) -> dict[str, Any]:
    tiles = [
        {
            "service": each.service,
            "report_id": record_id(REPORT, each.service, each.key),
            **{name: getattr(each, name) for name in "xywh"},
        }
        for each in dashboard.places
    ]
    filters = [{"field": name, "labels": labels(texts)} for name, texts in dashboard.filters.items()]
    return {"tiles": tiles, "filters": filters, "position": dashboard.position}


def _once(uow: UnitOfWork, template: str, key: str, values: Mapping[str, Any]) -> None:
    kind = entity(f"{uow.service}.{template}")
    wanted = record_id(template, uow.service, key)
    if uow.get(kind.name, wanted) is None:
        canonical = {name: parse_value(kind.fields[name], value) for name, value in values.items()}
        uow.create(kind.name, canonical | {"id": wanted})
