"""Questions of after-sales: histories and figures. They change nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import grpc
from sales.aftersales.v1 import records_pb2, service_pb2, service_pb2_grpc

from services.aftersales.domain.life import is_plausible
from services.aftersales.reports.faults import FaultCount, faults
from services.aftersales.reports.history import request_history
from services.aftersales.reports.service_figures import Kept, service_figures
from services.kit import rpc
from services.kit.durations import Spread
from services.kit.entities.canonical import time_text
from services.kit.records.owner import Owner
from services.kit.records.passages import Stay
from services.kit.records.reading import Reader
from services.kit.values import canonical

_GROUPS = {
    service_pb2.FAULT_GROUPING_UNSPECIFIED: "model",
    service_pb2.FAULT_GROUPING_MODEL: "model",
    service_pb2.FAULT_GROUPING_BATCH: "batch",
    service_pb2.FAULT_GROUPING_ARTICLE: "article",
    service_pb2.FAULT_GROUPING_AGE: "age",
}
_KINDS = {
    records_pb2.CODE_KIND_UNSPECIFIED: "symptom",
    records_pb2.CODE_KIND_SYMPTOM: "symptom",
    records_pb2.CODE_KIND_CAUSE: "cause",
    records_pb2.CODE_KIND_COMPONENT: "component",
    records_pb2.CODE_KIND_REMEDY: "remedy",
}


class Figures(service_pb2_grpc.AftersalesFiguresServicer):
    """Figures over requests and their stored passages."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._reader = Reader(owner.database)

    def GetRequestHistory(  # noqa: N802
        self, request: service_pb2.GetRequestHistoryRequest, context: Any
    ) -> service_pb2.GetRequestHistoryResponse:
        """Return the states of a request with the time that it spent in each."""
        access = self._owner.access_book.get(rpc.current_actor())
        stays = request_history(
            self._owner.database, self._reader, access, rpc.asked_id(request.request_id, "request_id")
        )
        now = datetime.now(UTC)
        return service_pb2.GetRequestHistoryResponse(stays=[_stay(stay, now) for stay in stays])

    def GetFaults(  # noqa: N802
        self, request: service_pb2.GetFaultsRequest, context: Any
    ) -> service_pb2.GetFaultsResponse:
        """Return how often which fault occurred."""
        if request.by not in _GROUPS or request.code not in _KINDS:
            raise rpc.wrong("by" if request.by not in _GROUPS else "code", "UNKNOWN_VALUE", "no such value")
        found = faults(
            self._owner.database,
            self._owner.access_book.get(rpc.current_actor()),
            by=_GROUPS[request.by],
            kind=_KINDS[request.code],
            since=_day("since", request.since),
            until=_day("until", request.until),
        )
        return service_pb2.GetFaultsResponse(faults=[_fault(each) for each in found])

    def GetServiceFigures(  # noqa: N802
        self, request: service_pb2.GetServiceFiguresRequest, context: Any
    ) -> service_pb2.GetServiceFiguresResponse:
        """Return how fast and how well requests were answered and resolved."""
        found = service_figures(
            self._owner.database,
            self._owner.access_book.get(rpc.current_actor()),
            since=_day("since", request.since),
            until=_day("until", request.until),
            now=datetime.now(UTC),
        )
        told = service_pb2.GetServiceFiguresResponse(
            since=found.since.isoformat(),
            until=found.until.isoformat(),
            requests=found.requests,
            resolved=found.resolved,
            reopened=found.reopened,
            response=_kept(found.response),
            resolution=_kept(found.resolution),
            time_to_respond=_durations(found.time_to_respond),
            time_to_resolve=_durations(found.time_to_resolve),
            time_to_repair=_durations(found.time_to_repair),
        )
        if found.time_between_failures is not None:
            told.time_between_failures.days = canonical(found.time_between_failures.days)
            told.time_between_failures.more_than = found.time_between_failures.more_than
        return told


def register(server: grpc.Server, owner: Owner) -> None:
    """Add the servicer of the questions to a server."""
    service_pb2_grpc.add_AftersalesFiguresServicer_to_server(Figures(owner), server)


def _stay(stay: Stay, now: datetime) -> service_pb2.RequestStay:
    return service_pb2.RequestStay(
        state=stay.state,
        since=time_text(stay.since),
        until=time_text(stay.until) if stay.until else "",
        seconds=stay.seconds(now),
        command=stay.command,
        reason=stay.reason,
        by_id=str(stay.by_id) if stay.by_id else "",
        arrived_at=time_text(stay.arrived_at),
    )


def _fault(found: FaultCount) -> service_pb2.FaultCount:
    return service_pb2.FaultCount(
        group=found.group,
        code_id=str(found.code_id) if found.code_id else "",
        code=found.code,
        code_name=found.code_name,
        requests=found.requests,
        machines=found.machines,
        installed=found.installed,
    )


def _kept(found: Kept) -> service_pb2.Attainment:
    percent = format(found.percent, "f") if found.percent is not None else ""
    return service_pb2.Attainment(met=found.met, missed=found.missed, percent=percent)


def _durations(found: Spread) -> service_pb2.Durations:
    return service_pb2.Durations(
        count=found.count,
        mean_s=found.mean_s or 0,
        median_s=found.median_s or 0,
        p90_s=found.p90_s or 0,
    )


def _day(name: str, text: str) -> date | None:
    day = rpc.asked_day(text, name)
    if day is not None and not is_plausible(day, today=datetime.now(UTC).date()):
        raise rpc.wrong(name, "DATE_IMPLAUSIBLE", "a day since 1950, at most a year ahead, is expected")
    return day
