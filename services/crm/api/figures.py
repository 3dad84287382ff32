"""Figures of the CRM: where opportunities stood, for how long, and what is expected of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from sales.crm.v1 import service_pb2, service_pb2_grpc

from services.crm.reports import opportunities, selling
from services.crm.reports.opportunities import Amount, Month, Stage, StageStay, StageTime
from services.crm.reports.selling import Figures as SellingFigures
from services.crm.reports.selling import InState
from services.kit import rpc
from services.kit.company_time import company_date
from services.kit.entities import entity
from services.kit.entities.canonical import time_text
from services.kit.permissions import Access
from services.kit.records.owner import Owner
from services.kit.records.reading import Reader

_MOST_MONTHS: Final = 60
_MONTHS: Final = 12
_MOST_FIGURES: Final = 500
_FIGURES: Final = 100
_IN_STATES: Final = ("activities", "opportunities", "offers", "orders", "requests")
_GROUPINGS: Final[Mapping[int, str]] = {
    service_pb2.SELLING_GROUPING_UNSPECIFIED: selling.SELLER,
    service_pb2.SELLING_GROUPING_SELLER: selling.SELLER,
    service_pb2.SELLING_GROUPING_CUSTOMER: selling.CUSTOMER,
    service_pb2.SELLING_GROUPING_AREA: selling.AREA,
}


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

    def GetPartyFigures(  # noqa: N802
        self, request: service_pb2.GetPartyFiguresRequest, context: Any
    ) -> service_pb2.GetPartyFiguresResponse:
        """Return what the services know of a party."""
        database, access = self._owner.database, self._access()
        wanted = rpc.asked_id(request.party_id, "party_id")
        party = Reader(database).get(access, entity("crm.party"), wanted)
        found = selling.party_figures(database, access, party.id)
        return service_pb2.GetPartyFiguresResponse(
            party_id=party.id,
            last_contact_at=time_text(found.last_contact_at) if found.last_contact_at else "",
            selling=_selling(found.selling),
            **{name: [_in_state(each) for each in getattr(found, name)] for name in _IN_STATES},
        )

    def GetSellingFigures(  # noqa: N802
        self, request: service_pb2.GetSellingFiguresRequest, context: Any
    ) -> service_pb2.GetSellingFiguresResponse:
        """Return what selling took and what it brought."""
        if not 0 <= request.page_size <= _MOST_FIGURES:
            raise rpc.wrong("page_size", "OUT_OF_RANGE", f"1 to {_MOST_FIGURES} is expected")
        if request.skip < 0:
            raise rpc.wrong("skip", "OUT_OF_RANGE", "0 or more is expected")
        found = selling.selling_figures(
            self._owner.database,
            self._access(),
            by=_GROUPINGS[request.by],
            since=rpc.asked_day(request.from_day, "from_day"),
            until=rpc.asked_day(request.to_day, "to_day"),
        )
        page = found[request.skip : request.skip + (request.page_size or _FIGURES)]
        return service_pb2.GetSellingFiguresResponse(
            figures=[_selling(each) for each in page], count=len(found)
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


def _in_state(found: InState) -> service_pb2.StateFigure:
    return service_pb2.StateFigure(state=found.state, count=found.count, worth=_worth(found.worth))


def _selling(found: SellingFigures) -> service_pb2.SellingFigure:
    per_win = found.visits_per_won_offer
    return service_pb2.SellingFigure(
        key=found.key,
        activities=found.activities,
        visits=found.visits,
        minutes=found.minutes,
        kilometres=format(found.kilometres, "f"),
        expenses=_worth(found.expenses),
        won=found.won,
        won_worth=_worth(found.won_worth),
        lost=found.lost,
        lost_worth=_worth(found.lost_worth),
        open=found.open,
        open_worth=_worth(found.open_worth),
        visits_per_won_offer="" if per_win is None else format(per_win, "f"),
        costs_known=found.costs is not None,
        costs=[
            service_pb2.SellingCost(
                currency=each.currency,
                contribution=format(each.contribution, "f"),
                cost_of_selling=format(each.cost_of_selling, "f"),
                net=format(each.net, "f"),
            )
            for each in found.costs or ()
        ],
    )


def _worth(amounts: Mapping[str, Decimal]) -> list[service_pb2.CurrencyAmount]:
    return [
        service_pb2.CurrencyAmount(currency=currency, amount=format(amount, "f"))
        for currency, amount in sorted(amounts.items())
    ]
