"""Figures as they are asked for over the wire, and questions that are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from sales.crm.v1 import service_pb2 as pb
from uuid_utils.compat import uuid7

from services.crm.api.figures import Figures
from services.crm.usecases.setup import provide
from services.kit import rpc
from services.kit.actor import SYSTEM, Actor
from services.kit.errors import Forbidden, Invalid, NotFound
from tests.crm.storage.test_opportunities import done, opened, party
from tests.crm.storage.test_selling import known_user, offer, visit
from tests.crm.storage.test_timeline import hear
from tests.support.owners import SOUTH, OwnerUnderTest, everything, within


@pytest.fixture
def manager(crm: OwnerUnderTest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Actor]:
    """Who asks; sees every cost."""
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        provide(uow)
    grants = everything("crm", "offers", "service", "crm_setup", facets=("cost",))
    user = crm.accesses.give(*grants)
    monkeypatch.setattr(rpc, "current_actor", lambda: user)
    yield user


#: Question, request -> place and reason of its error.
_WRONG: list[tuple[str, Any, str]] = [
    (
        "GetOpportunityHistory",
        pb.GetOpportunityHistoryRequest(opportunity_id="x"),
        "opportunity_id INVALID_ID",
    ),
    ("GetOpportunityFunnel", pb.GetOpportunityFunnelRequest(day="yesterday"), "day INVALID_DATE"),
    ("GetOpportunityFunnel", pb.GetOpportunityFunnelRequest(day="9999-12-31"), "day OUT_OF_RANGE"),
    ("GetOpportunityFunnel", pb.GetOpportunityFunnelRequest(day="0001-01-01"), "day OUT_OF_RANGE"),
    ("GetStageTimes", pb.GetStageTimesRequest(from_day="2026-02-30"), "from_day INVALID_DATE"),
    ("GetStageTimes", pb.GetStageTimesRequest(to_day="9999-12-31"), "to_day OUT_OF_RANGE"),
    ("GetForecast", pb.GetForecastRequest(month="2026-13"), "month INVALID_DATE"),
    ("GetForecast", pb.GetForecastRequest(month="26"), "month INVALID_DATE"),
    ("GetForecast", pb.GetForecastRequest(month="9999-12"), "month OUT_OF_RANGE"),
    ("GetForecast", pb.GetForecastRequest(months=61), "months OUT_OF_RANGE"),
    ("GetForecast", pb.GetForecastRequest(months=-1), "months OUT_OF_RANGE"),
    ("GetPartyFigures", pb.GetPartyFiguresRequest(party_id="' or 1=1 --"), "party_id INVALID_ID"),
    ("GetSellingFigures", pb.GetSellingFiguresRequest(page_size=501), "page_size OUT_OF_RANGE"),
    ("GetSellingFigures", pb.GetSellingFiguresRequest(skip=-1), "skip OUT_OF_RANGE"),
    ("GetSellingFigures", pb.GetSellingFiguresRequest(from_day="x"), "from_day INVALID_DATE"),
]


def ask(crm: OwnerUnderTest, question: str, request: Any) -> dict[str, Any]:
    answer = getattr(Figures(crm.owner), question)(request, None)
    return dict(MessageToDict(answer, preserving_proto_field_name=True))


def test_a_wrong_question_names_what_is_wrong_with_it(crm: OwnerUnderTest, manager: Actor) -> None:
    for question, request, wanted in _WRONG:
        with pytest.raises(Invalid, match="INVALID_REQUEST") as caught:
            ask(crm, question, request)
        assert [f"{v.field} {v.reason}" for v in caught.value.violations] == [wanted], question


def test_figures_travel_as_texts_with_their_currency(crm: OwnerUnderTest, manager: Actor) -> None:
    seller, known = known_user(crm), party(crm, manager)
    found = opened(crm, manager, party_id=known, value="1000.00", expected_close="2999-01-31")
    visit(crm, manager, known, seller)
    hear(crm, *offer(known, seller, "accepted"))
    assert ask(crm, "GetOpportunityFunnel", pb.GetOpportunityFunnelRequest())["stages"][0]["amounts"] == [
        {"currency": "EUR", "value": "1000.00", "weighted": "100.00"}
    ]
    forecast = ask(crm, "GetForecast", pb.GetForecastRequest())
    assert forecast == {}, "what closes after twelve months is not asked for"
    done(crm, manager, found, "quote")
    history = ask(crm, "GetOpportunityHistory", pb.GetOpportunityHistoryRequest(opportunity_id=found))
    assert [each["state"] for each in history["stays"]] == ["open", "quoting"]
    times = ask(crm, "GetStageTimes", pb.GetStageTimesRequest())
    assert [each["stays"] for each in times["stages"]] == ["1"]
    (selling,) = ask(crm, "GetSellingFigures", pb.GetSellingFiguresRequest())["figures"]
    assert (selling["key"], selling["visits"], selling["visits_per_won_offer"]) == (seller, "1", "1.0")
    assert selling["won_worth"] == [{"currency": "EUR", "amount": "1000.00"}]
    # A visit was made and no rate is known: its cost is missing, not zero.
    assert "costs_known" not in selling
    page = ask(crm, "GetSellingFigures", pb.GetSellingFiguresRequest(skip=1))
    assert page == {"count": "1"}
    told = ask(crm, "GetPartyFigures", pb.GetPartyFiguresRequest(party_id=known))
    assert told["selling"] == selling | {"key": known}
    assert told["offers"] == [
        {"state": "accepted", "count": "1", "worth": [{"currency": "EUR", "amount": "1000.00"}]}
    ]


def test_who_may_not_see_a_party_or_any_is_told_so(
    crm: OwnerUnderTest, manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = party(crm, manager)
    wanted = pb.GetPartyFiguresRequest(party_id=known)
    for user, error in (
        (crm.accesses.give(within(SOUTH)), NotFound),
        (crm.accesses.give(*everything("offers")), NotFound),
    ):
        monkeypatch.setattr(rpc, "current_actor", lambda user=user: user)
        with pytest.raises(error):
            ask(crm, "GetPartyFigures", wanted)
    with pytest.raises(Forbidden):
        ask(crm, "GetSellingFigures", pb.GetSellingFiguresRequest())
    with pytest.raises(NotFound):
        ask(crm, "GetPartyFigures", pb.GetPartyFiguresRequest(party_id=str(uuid7())))
