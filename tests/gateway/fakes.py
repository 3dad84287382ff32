"""Owners and identity in this process: real gRPC servers over stores in memory.

They know as much of the write path as the gateway can see of it: claims, groups, versions, conflicts,
refusals. A record whose `name` is REFUSE is refused, which lets a test say what an owner would.
"""

from __future__ import annotations

import hashlib
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import grpc
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf.message_factory import GetMessageClass
from sales.aftersales.v1 import service_pb2 as aftersales_pb2
from sales.crm.v1 import service_pb2 as crm_pb2
from sales.crm.v1.service_pb2_grpc import CrmFeedsServicer, add_CrmFeedsServicer_to_server
from sales.forms.v1 import prints_pb2
from sales.forms.v1 import service_pb2 as forms_pb2
from sales.forms.v1.prints_pb2_grpc import PrintsServiceServicer, add_PrintsServiceServicer_to_server
from sales.forms.v1.service_pb2_grpc import FormsServiceServicer, add_FormsServiceServicer_to_server
from sales.identity.v1 import service_pb2 as identity_pb2
from sales.identity.v1.service_pb2_grpc import (
    IdentityServiceServicer,
    add_IdentityServiceServicer_to_server,
)
from sales.mail.v1 import service_pb2 as mail_pb2
from sales.offers.v1 import service_pb2 as offers_pb2
from sales.offers.v1.service_pb2_grpc import (
    OffersDocumentsServicer,
    OffersFiguresServicer,
    add_OffersDocumentsServicer_to_server,
    add_OffersFiguresServicer_to_server,
)
from sales.reports.v1 import service_pb2 as reports_pb2
from sales.reports.v1.service_pb2_grpc import ReportsServiceServicer, add_ReportsServiceServicer_to_server
from sales.sync.v1 import records_pb2
from sales.sync.v1.records_pb2_grpc import RecordsServiceServicer, add_RecordsServiceServicer_to_server

from gateway.api.questions import Question, questions
from services.kit import rpc
from services.kit.actor import Actor
from services.kit.errors import Forbidden, Invalid, NotFound, SalesError, Stale, Unauthenticated, Violation

_COMMANDS = {
    "crm": crm_pb2.DESCRIPTOR.services_by_name["CrmService"],
    "offers": offers_pb2.DESCRIPTOR.services_by_name["OffersService"],
    "aftersales": aftersales_pb2.DESCRIPTOR.services_by_name["AftersalesService"],
    "mail": mail_pb2.DESCRIPTOR.services_by_name["MailService"],
}

_OUTCOMES = {
    "applied": records_pb2.OUTCOME_APPLIED,
    "conflict": records_pb2.OUTCOME_CONFLICT,
    "refused": records_pb2.OUTCOME_REFUSED,
}


@dataclass
class Stored:
    """A record in a fake store: `hidden` is its facet `cost`."""

    version: int
    values: dict[str, Any]
    hidden: dict[str, Any] = field(default_factory=dict)


class FakeOwner(RecordsServiceServicer):
    """One owner of records."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.records: dict[tuple[str, str], Stored] = {}
        self.parked: list[records_pb2.ParkedChange] = []
        self.resolved: list[records_pb2.ResolveParkedRequest] = []
        #: (method, actor, request) of every call that arrived.
        self.calls: list[tuple[str, Actor, Any]] = []
        self.fails_with: Callable[[str], Exception | None] = lambda method: None
        self._claims: dict[str, tuple[Any, bytes, records_pb2.Result]] = {}
        self._running: rpc.RunningServer | None = None
        self.port = 0

    # Life

    def start(self, port: int = 0) -> None:
        """Serve, on the port that it had before if it is started again."""
        self._running = rpc.start_server(self._register, host="127.0.0.1", port=port or self.port, threads=4)
        self.port = self._running.port

    def stop(self) -> None:
        """Go away; the store stays."""
        if self._running is not None:
            self._running.drain(0)
            self._running = None

    def _register(self, server: rpc.Server) -> None:
        add_RecordsServiceServicer_to_server(self, server)
        add_FormsServiceServicer_to_server(FakeForms(self), server)
        add_ReportsServiceServicer_to_server(FakeReports(self), server)
        add_PrintsServiceServicer_to_server(FakePrints(self), server)
        if self.service in _COMMANDS:
            rpc.add_commands(server, _COMMANDS[self.service], self._apply)
        if self.service == "offers":
            FakeQuestions(self).register(server)
        else:
            add_plain_questions(server, self)
        if self.service == "crm":
            add_CrmFeedsServicer_to_server(FakeFeeds(self), server)

    def put(self, entity: str, record_id: str, version: int = 1, **values: Any) -> None:
        """Store a record."""
        self.records[entity, record_id] = Stored(version, values)

    @property
    def items(self) -> list[dict[str, Any]]:
        """Every item that arrived, in order."""
        return [
            json.loads(item.sent)
            for method, _, request in self.calls
            if method == "Apply"
            for item in request.items
        ]

    def reached_times(self, method: str) -> int:
        """How often a method was called."""
        return sum(called == method for called, _, _ in self.calls)

    # RecordsService

    def Get(self, request: records_pb2.GetRequest, context: Any) -> records_pb2.GetResponse:  # noqa: N802
        self.arrived("Get", request)
        stored = self.records.get((request.entity, request.id))
        if stored is None:
            raise NotFound("RECORD_NOT_FOUND")
        return records_pb2.GetResponse(record=_record(request.entity, request.id, stored))

    def List(self, request: records_pb2.ListRequest, context: Any) -> records_pb2.ListResponse:  # noqa: N802
        self.arrived("List", request)
        found = [
            _record(entity, record_id, stored)
            for (entity, record_id), stored in self.records.items()
            if entity == request.entity and request.search in str(stored.values)
        ]
        size = request.page_size or 50
        start = int(request.page_token or "0") if (request.page_token or "0").isdigit() else -1
        if start < 0:
            raise Invalid("INVALID_PAGE_TOKEN")
        more = str(start + size) if len(found) > start + size else ""
        return records_pb2.ListResponse(records=found[start : start + size], next_page_token=more)

    def Apply(self, request: records_pb2.ApplyRequest, context: Any) -> records_pb2.ApplyResponse:  # noqa: N802
        self.arrived("Apply", request)
        found = self._apply(rpc.current_actor(), [item.sent for item in request.items])
        answer = records_pb2.ApplyResponse(results=found)
        if request.without_records:
            for result in answer.results:
                result.ClearField("record")
        return answer

    def ListParked(self, request: Any, context: Any) -> records_pb2.ListParkedResponse:  # noqa: N802
        self.arrived("ListParked", request)
        start, size = int(request.page_token or 0), request.page_size
        more = str(start + size) if len(self.parked) > start + size else ""
        return records_pb2.ListParkedResponse(parked=self.parked[start : start + size], next_page_token=more)

    def ResolveParked(self, request: Any, context: Any) -> records_pb2.ResolveParkedResponse:  # noqa: N802
        self.arrived("ResolveParked", request)
        self.resolved.append(request)
        if not request.change.sent:
            return records_pb2.ResolveParkedResponse()
        (result,) = self._apply(rpc.current_actor(), [request.change.sent])
        return records_pb2.ResolveParkedResponse(result=result)

    def Export(self, request: Any, context: Any) -> Iterator[records_pb2.ExportResponse]:  # noqa: N802
        raise NotImplementedError

    def Replay(self, request: Any, context: Any) -> Iterator[records_pb2.ReplayResponse]:  # noqa: N802
        raise NotImplementedError

    # The write path in small

    def arrived(self, method: str, request: Any) -> None:
        self.calls.append((method, rpc.current_actor(), request))
        error = self.fails_with(method)
        if error is not None:
            raise error

    def _apply(self, actor: Actor, sent: Any) -> list[records_pb2.Result]:
        items = [(json.loads(each), bytes(each)) for each in sent]
        groups: list[list[tuple[dict[str, Any], bytes]]] = []
        for item, raw in items:
            if groups and item.get("group") and groups[-1][0][0].get("group") == item["group"]:
                groups[-1].append((item, raw))
            else:
                groups.append([(item, raw)])
        return [result for group in groups for result in self._group(actor, group)]

    def _group(self, actor: Actor, group: list[tuple[dict[str, Any], bytes]]) -> list[records_pb2.Result]:
        before = {key: Stored(s.version, dict(s.values)) for key, s in self.records.items()}
        try:
            return [self._claimed(actor, item, raw) for item, raw in group]
        except SalesError as error:
            self.records = before
            return [_refused(item, error) for item, _ in group]
        except (AttributeError, KeyError, TypeError, ValueError):  # the fake reads items trustingly
            self.records = before
            return [_refused(item, Invalid("INVALID_ITEM")) for item, _ in group]

    def _claimed(self, actor: Actor, item: dict[str, Any], raw: bytes) -> records_pb2.Result:
        known = self._claims.get(item["id"])
        if known is not None:
            if known[:2] != (actor.user_id, raw):
                raise Invalid("ID_REUSED")
            found = records_pb2.Result()
            found.CopyFrom(known[2])
            found.duplicate = True
            return found
        result = self._one(item)
        self._claims[item["id"]] = (actor.user_id, raw, result)
        return result

    def _one(self, item: dict[str, Any]) -> records_pb2.Result:
        key = item["entity"], item["record_id"]
        stored = self.records.get(key)
        fields = item.get("fields") or {}
        if fields.get("name") == "REFUSE":
            raise Invalid("INVALID_FIELDS", violations=[Violation("name", "TOO_SHORT")])
        if fields.get("name") == "FORBID":
            raise Forbidden("NOT_GRANTED")
        if item.get("op") == "create":
            if stored is not None:
                raise Invalid("ALREADY_EXISTS")
            self.records[key] = Stored(1, {"id": item["record_id"], **fields})
            return self._result(item, "applied")
        if stored is None:
            raise NotFound("RECORD_NOT_FOUND")
        if stored.version != item.get("base_version", stored.version):
            if item.get("command"):
                raise Stale("STALE")
            return self._result(item, "conflict", conflicts=list(fields) or ["deleted"])
        if item.get("op") == "delete":
            del self.records[key]
            return records_pb2.Result(
                id=item["id"], outcome=records_pb2.OUTCOME_APPLIED, changed=True, version=stored.version + 1
            )
        stored.values.update(fields)
        stored.version += 1
        return self._result(item, "applied")

    def _result(self, item: dict[str, Any], outcome: str, conflicts: Any = ()) -> records_pb2.Result:
        stored = self.records[item["entity"], item["record_id"]]
        return records_pb2.Result(
            id=item["id"],
            outcome=_OUTCOMES[outcome],
            changed=outcome == "applied",
            version=stored.version,
            record=_record(item["entity"], item["record_id"], stored),
            conflicts=conflicts,
        )


def _record(entity: str, record_id: str, stored: Stored) -> records_pb2.Record:
    base = {"id": record_id, "version": stored.version, **stored.values}
    fragments = [records_pb2.Fragment(facet="base", body=json.dumps(base).encode())]
    if stored.hidden:
        fragments.append(records_pb2.Fragment(facet="cost", body=json.dumps(stored.hidden).encode()))
    return records_pb2.Record(entity=entity, id=record_id, version=stored.version, fragments=fragments)


def _refused(item: dict[str, Any], error: SalesError) -> records_pb2.Result:
    return records_pb2.Result(
        id=item["id"], outcome=records_pb2.OUTCOME_REFUSED, problem=rpc.problem_of(error)
    )


class FakeQuestions(OffersDocumentsServicer, OffersFiguresServicer):
    """The questions of offers, answered with what was asked."""

    def __init__(self, owner: FakeOwner) -> None:
        self._owner = owner

    def register(self, server: rpc.Server) -> None:
        """Add both services to a server."""
        add_OffersDocumentsServicer_to_server(self, server)
        add_OffersFiguresServicer_to_server(self, server)

    def PrintRevision(self, request: Any, context: Any) -> offers_pb2.PrintRevisionResponse:  # noqa: N802
        self._owner.arrived("PrintRevision", request)
        content = f"%PDF {request.language}".encode()
        return offers_pb2.PrintRevisionResponse(
            file_name="OFF-1 «è».pdf", content_type="application/pdf", content=content, sha256="a" * 64
        )

    def GetOfferHistory(self, request: Any, context: Any) -> offers_pb2.GetOfferHistoryResponse:  # noqa: N802
        self._owner.arrived("GetOfferHistory", request)
        return offers_pb2.GetOfferHistoryResponse(stays=[offers_pb2.Stay(state="draft", seconds=2**40)])

    def GetFunnel(self, request: Any, context: Any) -> offers_pb2.GetFunnelResponse:  # noqa: N802
        self._owner.arrived("GetFunnel", request)
        return offers_pb2.GetFunnelResponse(day=request.day, stages=[])


class FakeForms(FormsServiceServicer):
    """An empty form for every entity, no value in the way of another kind."""

    def __init__(self, owner: FakeOwner) -> None:
        self._owner = owner

    def GetForm(self, request: Any, context: Any) -> forms_pb2.GetFormResponse:  # noqa: N802
        self._owner.arrived("GetForm", request)
        return forms_pb2.GetFormResponse()

    def PreviewKind(self, request: Any, context: Any) -> forms_pb2.PreviewKindResponse:  # noqa: N802
        self._owner.arrived("PreviewKind", request)
        return forms_pb2.PreviewKindResponse()

    def ListKept(self, request: Any, context: Any) -> forms_pb2.ListKeptResponse:  # noqa: N802
        self._owner.arrived("ListKept", request)
        return forms_pb2.ListKeptResponse()


class FakeReports(ReportsServiceServicer):
    """One row for every report, one record behind it."""

    def __init__(self, owner: FakeOwner) -> None:
        self._owner = owner

    def RunReport(self, request: Any, context: Any) -> reports_pb2.RunReportResponse:  # noqa: N802
        self._owner.arrived("RunReport", request)
        row = reports_pb2.ReportRow(values=["3"], labels=[""])
        column = reports_pb2.ReportColumn(name="measure_1", role="measure", kind="number")
        return reports_pb2.RunReportResponse(columns=[column], rows=[row], totals=[row])

    def ListReportRows(self, request: Any, context: Any) -> reports_pb2.ListReportRowsResponse:  # noqa: N802
        self._owner.arrived("ListReportRows", request)
        fragments = [
            records_pb2.Fragment(facet="base", body=b'{"id":"1"}'),
            records_pb2.Fragment(facet="cost", body=b'{"unit_cost":"2.00"}'),
        ]
        return reports_pb2.ListReportRowsResponse(
            records=[records_pb2.Record(fragments=fragments)], next_page_token="next"
        )

    def ExportReport(self, request: Any, context: Any) -> reports_pb2.ExportReportResponse:  # noqa: N802
        self._owner.arrived("ExportReport", request)
        return reports_pb2.ExportReportResponse(
            file_name=f"x.{request.format}", content_type="text/csv", content=b"a;b", sha256="a" * 64
        )

    def PrintDashboard(self, request: Any, context: Any) -> reports_pb2.PrintDashboardResponse:  # noqa: N802
        self._owner.arrived("PrintDashboard", request)
        return reports_pb2.PrintDashboardResponse(
            file_name="x.pdf", content_type="application/pdf", content=b"%PDF", sha256="a" * 64
        )

    def ListReportSources(  # noqa: N802
        self, request: Any, context: Any
    ) -> reports_pb2.ListReportSourcesResponse:
        self._owner.arrived("ListReportSources", request)
        return reports_pb2.ListReportSourcesResponse()


class FakePrints(PrintsServiceServicer):
    """The same page for everything."""

    FILE = prints_pb2.PrintedFile(
        file_name="Clienti è.pdf", content_type="application/pdf", content=b"%PDF-1.7", sha256="0" * 64
    )

    def __init__(self, owner: FakeOwner) -> None:
        self._owner = owner

    def PrintRecord(self, request: Any, context: Any) -> prints_pb2.PrintRecordResponse:  # noqa: N802
        self._owner.arrived("PrintRecord", request)
        return prints_pb2.PrintRecordResponse(file=self.FILE)

    def PrintList(self, request: Any, context: Any) -> prints_pb2.PrintListResponse:  # noqa: N802
        self._owner.arrived("PrintList", request)
        return prints_pb2.PrintListResponse(file=self.FILE)

    def PreviewTemplate(self, request: Any, context: Any) -> prints_pb2.PreviewTemplateResponse:  # noqa: N802
        self._owner.arrived("PreviewTemplate", request)
        return prints_pb2.PreviewTemplateResponse(file=self.FILE, pages=3)

    def ListTemplateVersions(  # noqa: N802
        self, request: Any, context: Any
    ) -> prints_pb2.ListTemplateVersionsResponse:
        self._owner.arrived("ListTemplateVersions", request)
        return prints_pb2.ListTemplateVersionsResponse(versions=[prints_pb2.TemplateVersion(number=2)])

    def KeepDocument(self, request: Any, context: Any) -> prints_pb2.KeepDocumentResponse:  # noqa: N802
        self._owner.arrived("KeepDocument", request)
        return prints_pb2.KeepDocumentResponse(sha256="0" * 64, size_bytes=len(request.content))


class FakeFeeds(CrmFeedsServicer):
    """A calendar for every secret."""

    def __init__(self, owner: FakeOwner) -> None:
        self._owner = owner

    def ReadCalendarFeed(self, request: Any, context: Any) -> crm_pb2.ReadCalendarFeedResponse:  # noqa: N802
        self._owner.arrived("ReadCalendarFeed", request)
        content = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
        return crm_pb2.ReadCalendarFeedResponse(
            content_type="text/calendar; charset=utf-8",
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
        )


def add_plain_questions(server: rpc.Server, owner: FakeOwner) -> None:
    """Answer every question of a service with an empty answer, or a small file."""
    services: dict[str, dict[str, Any]] = {}
    for question in questions():
        if question.service == owner.service:
            handler = grpc.unary_unary_rpc_method_handler(
                partial(_plain_answer, owner, question),
                request_deserializer=GetMessageClass(question.method.input_type).FromString,
                response_serializer=GetMessageClass(question.method.output_type).SerializeToString,
            )
            services.setdefault(question.method.containing_service.full_name, {})[question.method.name] = (
                handler
            )
    for name, methods in services.items():
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, methods),))


def _plain_answer(owner: FakeOwner, question: Question, request: Any, context: Any) -> Any:
    owner.arrived(question.method.name, request)
    answer: Any = GetMessageClass(question.method.output_type)()
    if question.gives_file:
        answer.file_name, answer.content_type, answer.content = "file.txt", "text/plain", b"content"
        answer.sha256 = "a" * 64
    return answer


class FakeIdentity(FakeOwner, IdentityServiceServicer):
    """Identity: one user `anna` with the password `right`, and a stream that the test writes to."""

    def __init__(self) -> None:
        super().__init__("identity")
        self.user_id = UUID("0190a000-0000-7000-8000-00000000000a")
        self.keys = {"key-1": ec.generate_private_key(ec.SECP256R1())}
        self.refresh_tokens: dict[str, UUID] = {}
        self.ended: list[str] = []
        self.epochs: dict[str, int] = {}
        self.attempts = 0
        self._streams: list[queue.Queue[identity_pb2.WatchResponse | None]] = []
        self._lock = threading.Lock()

    def _register(self, server: rpc.Server) -> None:
        super()._register(server)
        add_IdentityServiceServicer_to_server(self, server)

    def stop(self) -> None:
        """Go away; streams end."""
        for stream in self._streams:
            stream.put(None)
        super().stop()

    def token(
        self,
        *,
        session_id: UUID | None = None,
        device_id: UUID | None = None,
        user_id: UUID | None = None,
        epoch: int = 1,
        lifetime_s: float = 600,
        key_id: str = "key-1",
        **claims: Any,
    ) -> str:
        """Return an access token."""
        content = {
            "sub": str(user_id or self.user_id),
            "sid": str(session_id or uuid4()),
            "epoch": epoch,
            "iat": int(time.time()),
            "exp": int(time.time() + lifetime_s),
            **({"device": str(device_id)} if device_id else {}),
            **claims,
        }
        return jwt.encode(content, self.keys[key_id], algorithm="ES256", headers={"kid": key_id})

    def tell(self, **message: Any) -> None:
        """Send a message to every gateway that follows."""
        for stream in self._streams:
            stream.put(identity_pb2.WatchResponse(**message))

    def SignIn(self, request: identity_pb2.SignInRequest, context: Any) -> identity_pb2.SignInResponse:  # noqa: N802
        self.attempts += 1
        if (request.user_name.lower(), request.password) != ("anna", "right"):
            raise Unauthenticated("SIGN_IN_FAILED", "name and password do not fit")
        return identity_pb2.SignInResponse(**self._session(uuid4()))

    def RefreshSession(self, request: Any, context: Any) -> identity_pb2.RefreshSessionResponse:  # noqa: N802
        session_id = self.refresh_tokens.pop(request.refresh_token, None)
        if session_id is None:
            raise Unauthenticated("REFRESH_TOKEN_USED", "sign in again")
        return identity_pb2.RefreshSessionResponse(**self._session(session_id))

    def SignOut(self, request: Any, context: Any) -> identity_pb2.SignOutResponse:  # noqa: N802
        session_id = str(rpc.current_actor().session_id)
        self.ended.append(session_id)
        self.tell(ended_sessions=[session_id])
        return identity_pb2.SignOutResponse()

    def GetAccess(self, request: Any, context: Any) -> identity_pb2.GetAccessResponse:  # noqa: N802
        raise NotImplementedError

    def Watch(self, request: Any, context: Any) -> Iterator[identity_pb2.WatchResponse]:  # noqa: N802
        stream: queue.Queue[identity_pb2.WatchResponse | None] = queue.Queue()
        context.add_callback(lambda: stream.put(None))
        self._streams.append(stream)
        public = {key_id: _public(key) for key_id, key in self.keys.items()}
        yield identity_pb2.WatchResponse(
            snapshot=True, keys=public, epochs=self.epochs, ended_sessions=self.ended
        )
        while (message := stream.get()) is not None:
            yield message

    def _session(self, session_id: UUID) -> dict[str, Any]:
        refresh_token = uuid4().hex
        self.refresh_tokens[refresh_token] = session_id
        return {
            "access_token": self.token(session_id=session_id),
            "refresh_token": refresh_token,
            "expires_at": "2030-01-01T00:00:00Z",
            "user": identity_pb2.SessionUser(
                id=str(self.user_id), user_name="anna", display_name="Anna", language="it"
            ),
        }


def _public(key: ec.EllipticCurvePrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
