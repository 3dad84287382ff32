"""Questions of offers: prints and figures. They change nothing."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import grpc
from sales.offers.v1 import service_pb2, service_pb2_grpc

from services.kit import rpc
from services.kit.company_time import company_date
from services.kit.entities.canonical import time_text
from services.kit.records.owner import Owner
from services.kit.records.passages import Stay
from services.kit.records.reading import Reader
from services.offers.reports.history import Stage, funnel, offer_history
from services.offers.reports.prints import print_revision


class Documents(service_pb2_grpc.OffersDocumentsServicer):
    """Prints."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    def PrintRevision(  # noqa: N802
        self, request: service_pb2.PrintRevisionRequest, context: Any
    ) -> service_pb2.PrintRevisionResponse:
        """Return the PDF of a revision."""
        found = print_revision(
            self._owner,
            rpc.current_actor(),
            revision_id=request.revision_id,
            language=request.language,
        )
        return service_pb2.PrintRevisionResponse(
            file_name=found.file_name,
            content_type="application/pdf",
            content=found.content,
            sha256=hashlib.sha256(found.content).hexdigest(),
        )


class Figures(service_pb2_grpc.OffersFiguresServicer):
    """Figures over the stored passages."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._reader = Reader(owner.database)

    def GetOfferHistory(  # noqa: N802
        self, request: service_pb2.GetOfferHistoryRequest, context: Any
    ) -> service_pb2.GetOfferHistoryResponse:
        """Return the states of an offer with the time that it spent in each."""
        access = self._owner.access_book.get(rpc.current_actor())
        stays = offer_history(
            self._owner.database, self._reader, access, rpc.asked_id(request.offer_id, "offer_id")
        )
        now = datetime.now(UTC)
        return service_pb2.GetOfferHistoryResponse(stays=[_stay(stay, now) for stay in stays])

    def GetFunnel(  # noqa: N802
        self, request: service_pb2.GetFunnelRequest, context: Any
    ) -> service_pb2.GetFunnelResponse:
        """Return the funnel as it was at the end of a day."""
        access = self._owner.access_book.get(rpc.current_actor())
        now = datetime.now(UTC)
        day = rpc.asked_day(request.day, "day")
        stages = funnel(self._owner.database, access, day=day, now=now)
        return service_pb2.GetFunnelResponse(
            day=(day or company_date(now)).isoformat(), stages=[_stage(stage) for stage in stages]
        )


def register(server: grpc.Server, owner: Owner) -> None:
    """Add the servicers of the questions to a server."""
    service_pb2_grpc.add_OffersDocumentsServicer_to_server(Documents(owner), server)
    service_pb2_grpc.add_OffersFiguresServicer_to_server(Figures(owner), server)


def _stay(stay: Stay, now: datetime) -> service_pb2.Stay:
    told = service_pb2.Stay(
        state=stay.state,
        to=time_text(stay.until) if stay.until else "",
        seconds=stay.seconds(now),
        command=stay.command,
        reason=stay.reason,
        by_id=str(stay.by_id) if stay.by_id else "",
        arrived_at=time_text(stay.arrived_at),
    )
    # A word of Python's own.
    setattr(told, "from", time_text(stay.since))
    return told


def _stage(stage: Stage) -> service_pb2.FunnelStage:
    return service_pb2.FunnelStage(
        state=stage.state,
        offers=stage.offers,
        amounts=[
            service_pb2.FunnelAmount(currency=currency, taxable=format(taxable, "f"))
            for currency, taxable in stage.amounts.items()
        ],
    )
