"""PrintsService: prints of records and lists, and templates that are tried, served by every owner."""

from __future__ import annotations

import hashlib
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from sales.forms.v1 import prints_pb2, prints_pb2_grpc

from services.kit import rpc
from services.kit.entities import Entity, all_entities
from services.kit.fields.definitions import is_shaped
from services.kit.prints.contents import Version
from services.kit.prints.printing import Printer, Query, Wish
from services.kit.prints.rendering import File


class PrintsServicer(prints_pb2_grpc.PrintsServiceServicer):
    """Answers within the caller's grants."""

    def __init__(self, service: str, printer: Printer) -> None:
        self._service = service
        self._printer = printer

    def PrintRecord(  # noqa: N802
        self, request: prints_pb2.PrintRecordRequest, context: Any
    ) -> prints_pb2.PrintRecordResponse:
        """Return the print of one record."""
        target, record_id = self._entity(request.entity), rpc.asked_id(request.id, "id")
        found = self._printer.record(rpc.current_actor(), target, record_id, _wish(request))
        return prints_pb2.PrintRecordResponse(file=_file(found))

    def PrintList(  # noqa: N802
        self, request: prints_pb2.PrintListRequest, context: Any
    ) -> prints_pb2.PrintListResponse:
        """Return the print of a list."""
        query = Query(
            filter_text=request.filter,
            order_by=request.order_by,
            search=request.search,
            columns=request.columns,
            totals=request.totals,
            title=request.title[:200],
        )
        target = self._entity(request.entity)
        found = self._printer.listed(rpc.current_actor(), target, query, _wish(request))
        return prints_pb2.PrintListResponse(file=_file(found))

    def PreviewTemplate(  # noqa: N802
        self, request: prints_pb2.PreviewTemplateRequest, context: Any
    ) -> prints_pb2.PreviewTemplateResponse:
        """Return what a template makes of a record or of examples."""
        found, pages = self._printer.preview(
            rpc.current_actor(),
            rpc.asked_id(request.id, "id"),
            number=request.template_version,
            record_id=rpc.asked_id(request.record_id, "record_id") if request.record_id else "",
            wish=Wish(language=request.language, company_id=request.company_id),
            page=request.page,
        )
        return prints_pb2.PreviewTemplateResponse(file=_file(found), pages=pages)

    def ListTemplateVersions(  # noqa: N802
        self, request: prints_pb2.ListTemplateVersionsRequest, context: Any
    ) -> prints_pb2.ListTemplateVersionsResponse:
        """Return the versions of a template, the newest first."""
        found = self._printer.versions(rpc.current_actor(), rpc.asked_id(request.id, "id"))
        return prints_pb2.ListTemplateVersionsResponse(versions=[_version(each) for each in found])

    def KeepDocument(  # noqa: N802
        self, request: prints_pb2.KeepDocumentRequest, context: Any
    ) -> prints_pb2.KeepDocumentResponse:
        """Keep a Word file for templates."""
        sha256 = self._printer.keep_document(rpc.current_actor(), request.content)
        return prints_pb2.KeepDocumentResponse(sha256=sha256, size_bytes=len(request.content))

    def _entity(self, name: str) -> Entity:
        found = all_entities().get(name)
        if found is None or found.service != self._service or not is_shaped(name):
            raise rpc.wrong("entity", "UNKNOWN_VALUE", "no such entity with prints")
        return found


def _wish(request: prints_pb2.PrintRecordRequest | prints_pb2.PrintListRequest) -> Wish:
    template_id = rpc.asked_id(request.template_id, "template_id") if request.template_id else ""
    return Wish(template_id, request.language, request.company_id)


def _file(found: File) -> prints_pb2.PrintedFile:
    return prints_pb2.PrintedFile(
        file_name=found.name,
        content_type=found.content_type,
        content=found.content,
        sha256=hashlib.sha256(found.content).hexdigest(),
    )


def _version(each: Version) -> prints_pb2.TemplateVersion:
    made_at = Timestamp()
    made_at.FromDatetime(each.made_at)
    return prints_pb2.TemplateVersion(
        number=each.number,
        made_at=made_at,
        made_by=str(each.made_by) if each.made_by else "",
        sha256=each.sha256,
        source=each.page.source,
        document=each.page.document,
        texts=[prints_pb2.VersionText(key=key, words=dict(words)) for key, words in each.page.texts.items()],
    )


def register(server: rpc.Server, service: str, printer: Printer) -> None:
    """Add the prints to a server."""
    prints_pb2_grpc.add_PrintsServiceServicer_to_server(PrintsServicer(service, printer), server)
