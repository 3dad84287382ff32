"""Figures of the CRM: where opportunities stood, for how long, and what is expected of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, Final

from sales.crm.v1 import service_pb2, service_pb2_grpc

from services.crm.reports import opportunities
from services.crm.reports.opportunities import Amount, Month, Stage, StageStay, StageTime
from services.kit import rpc
from services.kit.company_time import company_date
from services.kit.entities.canonical import time_text
from services.kit.permissions import Access
from services.kit.records.owner import Owner
from services.kit.records.reading import Reader

_MOST_MONTHS: Final = 60
_MONTHS: Final = 12


class Figures(service_pb2_grpc.CrmFiguresServicer):
    """Figures within the caller's grants."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    def GetOpportunityHistory(  # noqa: N802
        self, request: service_pb2.GetOpportunityHistoryRequest, context: Any
    ) -> service_pb2.GetOpportunityHistoryResponse:
        """Return the stages of an opportunity with the time that it spent in each."""
        database = self._owner.database
        record_id = rpc.asked_id(request.opportunity_id, "opportunity_id")
        stays = opportunities.opportunity_history(database, Reader(database), self._access(), record_id)
        now = datetime.now(UTC)
        return service_pb2.GetOpportunityHistoryResponse(stays=[_stay(each, now) for each in stays])

    def GetOpportunityFunnel(  # noqa: N802
        self, request: service_pb2.GetOpportunityFunnelRequest, context: Any
    ) -> service_pb2.GetOpportunityFunnelResponse:
        """Return the funnel as it was at the end of a day."""
        now, day = datetime.now(UTC), rpc.asked_day(request.day, "day")
        stages = opportunities.funnel(self._owner.database, self._access(), day=day, now=now)
        return service_pb2.GetOpportunityFunnelResponse(
            day=(day or company_date(now)).isoformat(), stages=[_stage(each) for each in stages]
        )

    def GetStageTimes(  # noqa: N802
        self, request: service_pb2.GetStageTimesRequest, context: Any
    ) -> service_pb2.GetStageTimesResponse:
        """Return how long opportunities stay in each stage."""
        since, until = rpc.asked_day(request.from_day, "from_day"), rpc.asked_day(request.to_day, "to_day")
        found = opportunities.stage_times(self._owner.database, self._access(), since=since, until=until)
        return service_pb2.GetStageTimesResponse(stages=[_stage_time(each) for each in found])

    def GetForecast(  # noqa: N802
        self, request: service_pb2.GetForecastRequest, context: Any
    ) -> service_pb2.GetForecastResponse:
        """Return what is expected to be sold, and what was won."""
        if not 0 <= request.months <= _MOST_MONTHS:
            raise rpc.wrong("months", "OUT_OF_RANGE", f"1 to {_MOST_MONTHS} is expected")
        expected, won = opportunities.forecast(
            self._owner.database,
            self._access(),
            first=_month(request.month),
            months=request.months or _MONTHS,
            now=datetime.now(UTC),
        )
        return service_pb2.GetForecastResponse(
            expected=[_of_month(each) for each in expected], won=[_of_month(each) for each in won]
        )

    def _access(self) -> Access:
        return self._owner.access_book.get(rpc.current_actor())


def _stay(found: StageStay, now: datetime) -> service_pb2.StageStay:
    stay = found.stay
    told = service_pb2.StageStay(
        state=stay.state,
        stage_id=found.stage_id,
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


def _stage(found: Stage) -> service_pb2.OpportunityFunnelStage:
    return service_pb2.OpportunityFunnelStage(
        state=found.state,
        stage_id=found.stage_id,
        opportunities=found.opportunities,
        amounts=_amounts(found.amounts),
    )


def _stage_time(found: StageTime) -> service_pb2.StageTime:
    durations = found.durations
    return service_pb2.StageTime(
        state=found.state,
        stage_id=found.stage_id,
        stays=durations.count,
        mean_s=durations.mean_s or 0,
        median_s=durations.median_s or 0,
        p90_s=durations.p90_s or 0,
    )


def _of_month(found: Month) -> service_pb2.ForecastMonth:
    return service_pb2.ForecastMonth(
        month=found.month,
        owner_id=found.owner_id,
        opportunities=found.opportunities,
        amounts=_amounts(found.amounts),
    )


def _amounts(amounts: Iterable[Amount]) -> list[service_pb2.WeighedAmount]:
    return [
        service_pb2.WeighedAmount(
            currency=each.currency, value=format(each.value, "f"), weighted=format(each.weighted, "f")
        )
        for each in amounts
    ]


def _month(text: str) -> date | None:
    return rpc.asked_day(f"{text}-01", "month") if text else None
