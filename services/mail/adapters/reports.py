"""Reports that a message is to carry, run at their owner for who receives them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from sales.reports.v1 import service_pb2, service_pb2_grpc

from services.kit import rpc
from services.kit.actor import Actor
from services.kit.errors import Unavailable
from services.mail.domain.composing import File
from services.mail.domain.reading import safe_file_name

_TIMEOUT_S = 60.0


class Reports(Protocol):
    """Where reports come from."""

    def export(self, document: Mapping[str, str]) -> File:
        """Return the file of a report, with what its reader may see.

        Raises:
            Unavailable: its owner cannot be reached.
            SalesError: there is no such report, or the reader may not see it.
        """


class OwnersReports:
    """Asks the owners by gRPC, as the user who receives the report."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self._targets = targets
        self._stubs: dict[str, service_pb2_grpc.ReportsServiceStub] = {}

    def export(self, document: Mapping[str, str]) -> File:
        """Return the file, if it is what its hash says.

        Raises:
            Unavailable, SalesError: as in `Reports`.
        """
        reader = Actor(user_id=UUID(document["reader_id"]), language=document["language"])
        request = service_pb2.ExportReportRequest(id=document["report_id"], format=document["format"])
        with rpc.acting(reader, timeout_s=_TIMEOUT_S):
            answer = self._stub(document["service"]).ExportReport(request, timeout=_TIMEOUT_S)
        if hashlib.sha256(answer.content).hexdigest() != answer.sha256:
            raise Unavailable("PRINT_DAMAGED", "the report is not what its hash says")
        name = safe_file_name(answer.file_name) or f"report.{document['format']}"
        return File(name, answer.content_type, answer.content)

    def _stub(self, service: str) -> service_pb2_grpc.ReportsServiceStub:
        if service not in self._stubs:
            target = self._targets.get(service)
            if target is None:
                raise Unavailable("OWNER_AWAY", params={"service": service})
            self._stubs[service] = service_pb2_grpc.ReportsServiceStub(rpc.channel(target))
        return self._stubs[service]
