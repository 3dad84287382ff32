"""What a company begins with: every standard report runs, every dashboard shows reports that there are."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from services.kit.actor import SYSTEM
from services.kit.database import Database, package_of
from services.kit.entities import entity
from services.kit.entities.canonical import values_of
from services.kit.permissions import Access
from services.kit.records.reading import Reader
from services.kit.reports import running
from services.kit.reports.charts import chart_of
from services.kit.reports.rules import EVERYBODY, definition_of
from services.kit.reports.standard import record_id
from tests.support.owners import Accesses, everything

OWNERS = ("crm", "offers", "aftersales")
GROUPS = ("crm", "crm_setup", "offers", "offers_setup", "catalogue", "service", "service_setup", "reports")


def standard(service: str) -> tuple[dict[str, Any], dict[str, Any]]:
    module = importlib.import_module(f"{package_of(service)}.usecases.standard_reports")
    return {each.key: each for each in module.REPORTS}, {each.key: each for each in module.DASHBOARDS}


@pytest.mark.parametrize("service", OWNERS)
def test_every_standard_report_runs_and_is_made_once(
    service: str, create_database: Callable[..., str]
) -> None:
    database = Database(service, create_database(service))
    provide = importlib.import_module(f"{package_of(service)}.usecases.setup").provide
    accesses = Accesses()
    access: Access = accesses.get(accesses.give(*everything(*GROUPS)))
    try:
        for _ in range(2):
            with database.unit_of_work(SYSTEM) as uow:
                provide(uow)
        kind = entity(f"{service}.report")
        records, _ = Reader(database).page(access, kind, page_size=500)
        reports, _ = standard(service)
        assert {each.id for each in records} == {record_id("report", service, key) for key in reports}
        for record in records:
            values = values_of(kind, record.fragments["base"], {})
            assert set(values["names"]) == set(values["descriptions"]) == {"it", "en"}
            assert (values["shared_with"], values["owner_id"]) == ([EVERYBODY], "")
            definition = definition_of(kind, values)
            for language in ("it", "en"):
                result = running.run(database, access, definition, language=language)
                assert all(set(column.labels) == {"it", "en"} for column in result.columns), values["names"]
                orjson.loads(chart_of(definition.chart, result.columns, language) or "{}")
    finally:
        database.close()


def test_five_dashboards_show_reports_that_there_are() -> None:
    known = {(service, key) for service in OWNERS for key in standard(service)[0]}
    dashboards = [each for service in OWNERS for each in standard(service)[1].values()]
    assert len(dashboards) == 5
    for dashboard in dashboards:
        assert {(place.service, place.key) for place in dashboard.places} <= known
