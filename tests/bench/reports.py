"""Reports over opportunities: how long a pivot takes, by kind of measure and of reader.

In a database of its own on the installation's server; the data are generated, the same for every run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from google.protobuf.json_format import ParseDict
from sales.reports.v1 import records_pb2 as pb
from uuid_utils.compat import uuid7

from services.kit.actor import SYSTEM
from services.kit.database import Database
from services.kit.permissions import Access, Grant, Kind, Scope, Term
from services.kit.reports import running
from tests.bench.support.bench import Bench
from tests.bench.support.databases import new_database
from tests.bench.support.figures import Figure, Goal
from tests.crm.filling import fill_opportunities
from tests.crm.quality import timed
from tests.support.owners import NORTH, SOUTH

POSITION = 62

_DATABASE: Final = "bench_reports"
_RECORDS, _SMALL = 200_000, 20_000
_PARTIES: Final = 2_000
_EACH: Final = 15
_GOAL: Final = (Goal("p50_ms", 300),)
_BY_STATE_AND_MONTH: Final = [
    {"field": "state"},
    {"field": "expected_close", "step": "REPORT_STEP_MONTH"},
]
_SUM: Final = {"kind": "MEASURE_KIND_SUM", "field": "value"}
_COUNT: Final = {"kind": "MEASURE_KIND_COUNT"}
_REPORTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "state by month, count and sum": {"groups": _BY_STATE_AND_MONTH, "measures": [_COUNT, _SUM]},
    "owner, count, sum and average": {
        "groups": [{"field": "owner_id"}],
        "measures": [_COUNT, _SUM, {"kind": "MEASURE_KIND_AVERAGE", "field": "value"}],
    },
    "state by month, median": {
        "groups": _BY_STATE_AND_MONTH,
        "measures": [{"kind": "MEASURE_KIND_MEDIAN", "field": "value"}],
    },
    "territory of the customer, sum": {"groups": [{"field": "party_id.territory_id"}], "measures": [_SUM]},
    "custom field, count": {"groups": [{"field": "custom.rating"}], "measures": [_COUNT]},
}


def measure(bench: Bench) -> Iterator[Figure]:
    """Run each report for somebody who sees everything, and for somebody with territories."""
    url = new_database(bench.running.admin_url, _DATABASE, "crm")
    count = _SMALL if bench.options.small else _RECORDS
    fill_opportunities(url, count, parties=_PARTIES, territories=[str(NORTH), str(SOUTH)])
    yield from figures_of(url, count)


def figures_of(url: str, count: int) -> Iterator[Figure]:
    """Measure on a database that was filled."""
    database = Database("crm", url, pool_size=1)
    try:
        _define(database)
        for reader, access in (("everything", _reader(None)), ("two territories", _reader({NORTH, SOUTH}))):
            for name, asked in _REPORTS.items():
                definition = ParseDict({"source": "crm.opportunity", **asked}, pb.ReportDefinition())

                def ask(_: str, access: Access = access, asked: pb.ReportDefinition = definition) -> object:
                    return running.run(database, access, asked)

                ask("")
                values = timed(database, ask, [""] * _EACH)
                goals = _GOAL if name == next(iter(_REPORTS)) else ()
                yield Figure(f"{count:,} records, {reader}: {name}", values, goals=goals)
    finally:
        database.close()


def _define(database: Database) -> None:
    with database.unit_of_work(SYSTEM) as uow:
        values = {"key": "rating", "kind": "number", "labels": {"it": "Voto"}}
        uow.create("crm.field_definition", values | {"id": str(uuid7()), "entity": "crm.opportunity"})
        uow.define()


def _reader(territories: set[Any] | None) -> Access:
    term = Term(Kind.TERRITORY, frozenset(territories)) if territories else Term(Kind.ALL)
    grant = Grant("crm", frozenset({"read"}), (Scope((term,)),))
    return Access(user_id=NORTH, epoch=1, grants=(grant,))
