"""ReportsService: figures within the caller's grants, served by every owner that reports can be kept at."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sales.reports.v1 import records_pb2, service_pb2, service_pb2_grpc
from sales.sync.v1 import records_pb2 as sync_pb2

from services.kit import rpc
from services.kit.entities import Entity, entity
from services.kit.entities.canonical import time_text, values_of
from services.kit.permissions import Access
from services.kit.prints.letterhead import Letterheads
from services.kit.prints.words import words_for
from services.kit.records.owner import Owner
from services.kit.records.reading import Reader, ReadRecord
from services.kit.reports import catalogue, files, naming, running
from services.kit.reports.charts import chart_of
from services.kit.reports.printing import dashboard_pdf
from services.kit.reports.query import Shown
from services.kit.reports.rules import definition_of
from services.kit.reports.running import Line
from services.kit.reports.tables import DASHBOARD, REPORT

_LANGUAGES: Final = ("it", "en")


class ReportsServicer(service_pb2_grpc.ReportsServiceServicer):
    """Answers within the caller's grants."""

    def __init__(self, owner: Owner, letterheads: Letterheads) -> None:
        self._owner = owner
        self._letterheads = letterheads
        self._reader = Reader(owner.database)

    def RunReport(  # noqa: N802
        self, request: service_pb2.RunReportRequest, context: Any
    ) -> service_pb2.RunReportResponse:
        """Return a report's figures over what the caller may see."""
        access, language = self._access(), _language()
        kept = self._kept(access, request.id) if request.id else None
        definition = request.definition if kept is None else definition_of(self._entity, kept)
        applied = _applied(request.applied)
        found = running.run(self._owner.database, access, definition, applied, language=language)
        return service_pb2.RunReportResponse(
            columns=[_column(each) for each in found.columns],
            rows=[_row(each) for each in found.rows],
            totals=[_row(each) for each in found.totals],
            truncated=found.truncated,
            chart=chart_of(definition.chart, found.columns, language, kind=request.chart),
            ignored=found.ignored,
            as_of=time_text(found.as_of),
            title="" if kept is None else naming.text_in(kept["names"], language),
            description="" if kept is None else naming.text_in(kept["descriptions"], language),
            definition=definition,
        )

    def ListReportRows(  # noqa: N802
        self, request: service_pb2.ListReportRowsRequest, context: Any
    ) -> service_pb2.ListReportRowsResponse:
        """Return the records behind a figure."""
        access = self._access()
        records, token = running.rows_behind(
            self._owner.database,
            access,
            self._definition(access, request.id, request.definition),
            _applied(request.applied),
            key=request.key,
            measure=request.measure,
            order_by=request.order_by,
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return service_pb2.ListReportRowsResponse(
            records=[_record(each) for each in records], next_page_token=token
        )

    def ExportReport(  # noqa: N802
        self, request: service_pb2.ExportReportRequest, context: Any
    ) -> service_pb2.ExportReportResponse:
        """Return a report's figures as a file."""
        access, language = self._access(), _language()
        kept = self._kept(access, request.id) if request.id else None
        definition = request.definition if kept is None else definition_of(self._entity, kept)
        title = request.title if kept is None else naming.text_in(kept["names"], language)
        description = "" if kept is None else naming.text_in(kept["descriptions"], language)
        found = running.run(
            self._owner.database, access, definition, _applied(request.applied), language=language
        )
        title = title or "report"
        sheet = files.sheet_of(title, description, found, language)
        content = files.file_of(sheet, request.format, lambda: self._head(language))
        return service_pb2.ExportReportResponse(
            file_name=files.file_name(title, request.format),
            content_type=files.CONTENT_TYPES[request.format],
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
        )

    def PrintDashboard(  # noqa: N802
        self, request: service_pb2.PrintDashboardRequest, context: Any
    ) -> service_pb2.PrintDashboardResponse:
        """Return a dashboard on paper, with what the owners of its tiles answered."""
        language = _language()
        kept = self._kept(self._access(), request.id, DASHBOARD)
        title = naming.text_in(kept["names"], language)
        description = naming.text_in(kept["descriptions"], language)
        head, now = self._head(language), datetime.now(UTC)
        content = dashboard_pdf(title, description, request.tiles, head, language=language, now=now)
        return service_pb2.PrintDashboardResponse(
            file_name=files.file_name(title, "pdf"),
            content_type=files.CONTENT_TYPES["pdf"],
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
        )

    def ListReportSources(  # noqa: N802
        self, request: service_pb2.ListReportSourcesRequest, context: Any
    ) -> service_pb2.ListReportSourcesResponse:
        """Return what the caller's reports may name."""
        database = self._owner.database
        question = running.question_of(database, self._access())
        return service_pb2.ListReportSourcesResponse(sources=catalogue.sources(question))

    def _head(self, language: str) -> files.Head:
        service = self._owner.database.service
        return files.Head(self._letterheads.get(), words_for(language, service))

    def _access(self) -> Access:
        return self._owner.access_book.get(rpc.current_actor())

    def _definition(
        self, access: Access, record_id: str, given: records_pb2.ReportDefinition
    ) -> records_pb2.ReportDefinition:
        """Return a kept report's definition, of those that the caller may see; else the given one."""
        return definition_of(self._entity, self._kept(access, record_id)) if record_id else given

    @property
    def _entity(self) -> Entity:
        return entity(f"{self._owner.database.service}.{REPORT}")

    def _kept(self, access: Access, record_id: str, template: str = REPORT) -> dict[str, Any]:
        kind = entity(f"{self._owner.database.service}.{template}")
        found = self._reader.get(access, kind, rpc.asked_id(record_id, "id"))
        return values_of(kind, found.fragments["base"], {})


def _language() -> str:
    asked = rpc.current_actor().language
    return asked if asked in _LANGUAGES else "en"


def _applied(filters: Iterable[service_pb2.AppliedFilter]) -> Sequence[tuple[str, str, str]]:
    return [(each.field, each.op, each.value) for each in filters]


def _column(found: Shown) -> service_pb2.ReportColumn:
    return service_pb2.ReportColumn(
        name=found.name,
        role=found.role,
        kind=found.kind,
        labels=dict(found.labels),
        field=found.field,
        references=found.references,
        step=records_pb2.ReportStep.ValueType(found.step),
    )


def _row(line: Line) -> service_pb2.ReportRow:
    return service_pb2.ReportRow(values=line.values, labels=line.labels)


def _record(found: ReadRecord) -> sync_pb2.Record:
    return sync_pb2.Record(
        entity=found.entity,
        id=found.id,
        version=found.version,
        fragments=[
            sync_pb2.Fragment(facet=facet, body=body.encode()) for facet, body in found.fragments.items()
        ],
    )


def register(server: rpc.Server, owner: Owner, letterheads: Letterheads) -> None:
    """Add the questions to a server."""
    service_pb2_grpc.add_ReportsServiceServicer_to_server(ReportsServicer(owner, letterheads), server)
