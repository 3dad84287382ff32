"""Opportunities on their way: stages, commands, and what is refused without a trace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from services.crm.reports import opportunities as figures
from services.crm.storage.tables import opportunity_standing
from services.crm.usecases.opportunity_lists import loss_reason_id, stage_id
from services.crm.usecases.setup import provide
from services.kit.actor import SYSTEM, Actor
from services.kit.durations import spread
from services.kit.errors import Forbidden, NotFound
from services.kit.records.claims import Decision
from services.kit.records.reading import Reader
from tests.crm.storage.test_timeline import hear_itself, timeline
from tests.support.owners import NORTH, SOUTH, OwnerUnderTest, create, delete, everything, update, within

#: A Monday, 10:00 in Rome.
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PRICE, STOPPED = loss_reason_id("lost", "PRICE"), loss_reason_id("dropped", "PROJECT_STOPPED")
NEW, QUALIFIED, OFFER, NEGOTIATION = map(stage_id, ("NEW", "QUALIFIED", "OFFER", "NEGOTIATION"))


@pytest.fixture(autouse=True)
def lists(crm: OwnerUnderTest) -> None:
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        provide(uow)


@pytest.fixture
def administrator(crm: OwnerUnderTest) -> Actor:
    return crm.accesses.give(*everything("crm", "crm_setup"))


@pytest.fixture
def seller(crm: OwnerUnderTest) -> Actor:
    """Somebody who works with all parties and reads the lists."""
    return crm.accesses.give(*everything("crm", "crm_setup"))


def at(days: float) -> time_machine.travel:
    return time_machine.travel(START + timedelta(days=days), tick=False)


def party(crm: OwnerUnderTest, author: Actor, **fields: Any) -> str:
    item = create("crm.party", name="Rossi", **fields)
    assert crm.one(author, item).outcome == "applied"
    return str(item["record_id"])


def opened(crm: OwnerUnderTest, author: Actor, **fields: Any) -> str:
    """A new opportunity, of a new party where none is named."""
    wanted = {"title": "Linea di piega", "value": "100000.00", **fields}
    wanted.setdefault("party_id", party(crm, author) if "party_id" not in wanted else "")
    item = create("crm.opportunity", **wanted)
    decision = crm.one(author, item)
    assert decision.outcome == "applied", decision.error
    return str(item["record_id"])


def give(crm: OwnerUnderTest, author: Actor, record_id: str, command: str, **request: Any) -> Decision:
    item = {"id": str(uuid7()), "entity": "crm.opportunity", "record_id": record_id, "command": command}
    return crm.one(author, item | ({"request": request} if request else {}))


def done(crm: OwnerUnderTest, author: Actor, record_id: str, command: str, **request: Any) -> dict[str, Any]:
    decision = give(crm, author, record_id, command, **request)
    assert decision.outcome == "applied", decision.error
    return stored(crm, record_id)


def stored(crm: OwnerUnderTest, record_id: str) -> dict[str, Any]:
    found = crm.stored("crm.opportunity", record_id)
    assert found is not None
    return found


def refusal(decision: Decision) -> tuple[str, ...]:
    """The reason, and those of the fields."""
    assert decision.error is not None
    return (decision.error.reason, *(f"{v.field} {v.reason}" for v in decision.error.violations))


def stays(crm: OwnerUnderTest, user: Actor, record_id: str) -> list[figures.StageStay]:
    database = crm.owner.database
    return figures.opportunity_history(database, Reader(database), crm.accesses.get(user), record_id)


def test_an_opportunity_begins_in_the_first_stage_and_takes_its_currency_from_the_company(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    found = stored(crm, opened(crm, seller))
    assert (found["state"], str(found["stage_id"]), found["currency"]) == ("open", NEW, "EUR")
    later = stored(crm, opened(crm, seller, stage_id=NEGOTIATION, currency="usd"))
    assert (later["state"], str(later["stage_id"]), later["currency"]) == ("quoting", NEGOTIATION, "USD")


def test_the_way_to_a_win_is_kept_with_who_went_it_and_when(crm: OwnerUnderTest, seller: Actor) -> None:
    with at(0):
        found = opened(crm, seller)
    with at(1):
        assert done(crm, seller, found, "move", stage_id=QUALIFIED)["state"] == "open"
    with at(3):
        assert done(crm, seller, found, "move", stage_id=NEGOTIATION)["state"] == "quoting"
    with at(4):
        # Another figure is no passage.
        assert crm.one(seller, update("crm.opportunity", found, value="90000.00")).outcome == "applied"
    with at(7):
        won = done(crm, seller, found, "win", note="Firmato in fiera")
    assert (won["state"], won["outcome_note"], won["closed_at"]) == (
        "won", "Firmato in fiera", START + timedelta(days=7),
    )  # fmt: skip
    told = stays(crm, seller, found)
    now = START + timedelta(days=9)
    assert [(e.stage_id, e.stay.state, e.stay.seconds(now) // 86400, e.stay.command) for e in told] == [
        (NEW, "open", 1, ""),
        (QUALIFIED, "open", 2, "move"),
        (NEGOTIATION, "quoting", 4, "move"),
        (stage_id("WON"), "won", 2, "win"),
    ]
    assert {each.stay.by_id for each in told} == {seller.user_id}


def test_a_loss_names_its_reason_and_reopening_forgets_it(crm: OwnerUnderTest, seller: Actor) -> None:
    found = opened(crm, seller)
    lost = done(crm, seller, found, "lose", reason_id=PRICE, note="-12 %", competitor="Bendwell")
    assert (lost["state"], str(lost["reason_id"]), lost["competitor"]) == ("lost", PRICE, "Bendwell")
    again = done(crm, seller, found, "reopen")
    assert (again["state"], again["reason_id"], again["outcome_note"], again["closed_at"]) == (
        "open", None, "", None,
    )  # fmt: skip
    assert again["competitor"] == "Bendwell"
    assert [each.stay.reason for each in stays(crm, seller, found)] == ["", "PRICE", ""]


#: State -> commands that it refuses. A passage that is not in the table is no passage.
_REFUSED = {
    "open": ("reopen",),
    "quoting": ("quote", "reopen"),
    "won": ("quote", "win", "lose", "drop", "reopen", "move"),
    "lost": ("quote", "win", "lose", "drop", "move"),
    "dropped": ("quote", "win", "lose", "drop", "reopen", "move"),
}
_REQUESTS = {
    "lose": {"reason_id": PRICE},
    "drop": {"reason_id": STOPPED},
    "move": {"stage_id": NEGOTIATION},
}
_WAYS = {"open": (), "quoting": ("quote",), "won": ("win",), "lost": ("lose",), "dropped": ("drop",)}


def test_what_the_table_does_not_allow_is_refused_and_changes_nothing(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    for state, commands in _REFUSED.items():
        found = opened(crm, seller)
        for command in _WAYS[state]:
            done(crm, seller, found, command, **_REQUESTS.get(command, {}))
        before = traces(crm)
        for command in commands:
            told = refusal(give(crm, seller, found, command, **_REQUESTS.get(command, {})))
            assert told[0] == "WRONG_STATE", (state, command)
        assert traces(crm) == before


def traces(crm: OwnerUnderTest) -> dict[str, Any]:
    """Everything that a refused change could have left behind."""
    counted: dict[str, Any] = {
        name: crm.count(name) for name in ("outbox", "transition", "opportunity_standing")
    }
    with crm.owner.database.read() as connection:
        text = "select id::text, version, base_json from {} order by id"
        for name in ("opportunity", "opportunity_stage", "loss_reason"):
            counted[f"rows of {name}"] = connection.execute(sa.text(text.format(name))).all()
    return counted


#: Command, request -> reasons that it gets.
_WRONG_COMMANDS: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("lose", {}, ("LOSS_REASON_MISSING",)),
    ("lose", {"reason_id": "x"}, ("INVALID_FIELDS", "request.reason_id INVALID_ID")),
    ("lose", {"reason_id": NEW}, ("INVALID_FIELDS", "request.reason_id REFERENCE_NOT_FOUND")),
    ("lose", {"reason_id": STOPPED}, ("INVALID_FIELDS", "request.reason_id REASON_OF_OTHER_OUTCOME")),
    ("drop", {"reason_id": PRICE}, ("INVALID_FIELDS", "request.reason_id REASON_OF_OTHER_OUTCOME")),
    ("lose", {"reason_id": PRICE, "note": "n" * 2001}, ("INVALID_FIELDS", "request.note")),
    ("lose", {"reason_id": PRICE, "colour": "red"}, ("INVALID_FIELDS", "request.colour UNKNOWN_FIELD")),
    ("move", {}, ("INVALID_FIELDS", "request.stage_id")),
    ("move", {"stage_id": "x"}, ("INVALID_FIELDS", "request.stage_id INVALID_ID")),
    ("move", {"stage_id": str(uuid7())}, ("INVALID_FIELDS", "request.stage_id REFERENCE_NOT_FOUND")),
    (
        "move",
        {"stage_id": stage_id("WON")},
        ("INVALID_FIELDS", "request.stage_id STAGE_OF_OTHER_STATE"),
    ),
    ("conquer", {}, ("INVALID_ITEM",)),
]


def test_a_wrong_command_is_refused_and_changes_nothing(crm: OwnerUnderTest, seller: Actor) -> None:
    found = opened(crm, seller)
    before = traces(crm)
    for command, request, reasons in _WRONG_COMMANDS:
        told = refusal(give(crm, seller, found, command, **request))
        assert told[0] == reasons[0], (command, request, told)
        assert all(any(each.startswith(wanted) for each in told) for wanted in reasons), told
    assert traces(crm) == before


#: Fields of an opportunity -> violation that they get.
_WRONG_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"title": ""}, "title"),
    ({"title": "t" * 201}, "title"),
    ({"value": "-1"}, "value AMOUNT_NEGATIVE"),
    ({"value": "0.005"}, "value TOO_MANY_DECIMALS"),
    ({"value": "10.5", "currency": "JPY"}, "value TOO_MANY_DECIMALS"),
    ({"value": "1e9"}, "value INVALID_DECIMAL"),
    ({"value": 12.5}, "value"),
    ({"probability": "101"}, "probability PERCENT_OUT_OF_RANGE"),
    ({"probability": "-0.1"}, "probability PERCENT_OUT_OF_RANGE"),
    ({"currency": "LIT"}, "currency CURRENCY_UNKNOWN"),
    ({"currency": "EURO"}, "currency"),
    ({"expected_close": "2026-02-30"}, "expected_close INVALID_DATE"),
    ({"state": "won"}, "state OUTPUT_ONLY"),
    ({"proposal": "lose"}, "proposal OUTPUT_ONLY"),
    ({"closed_at": "2026-01-01T00:00:00Z"}, "closed_at OUTPUT_ONLY"),
    ({"stage_id": stage_id("WON")}, "stage_id STAGE_OF_OTHER_STATE"),
    ({"stage_id": str(uuid7())}, "stage_id REFERENCE_NOT_FOUND"),
    ({"party_id": str(uuid7())}, "party_id REFERENCE_NOT_FOUND"),
    ({"party_id": ""}, "party_id REQUIRED"),
    ({"colour": "red"}, "colour UNKNOWN_FIELD"),
]


def test_a_wrong_opportunity_is_refused_and_changes_nothing(crm: OwnerUnderTest, seller: Actor) -> None:
    known = party(crm, seller)
    before = traces(crm)
    for fields, violation in _WRONG_FIELDS:
        item = create("crm.opportunity", **({"title": "Pressa", "party_id": known} | fields))
        told = refusal(crm.one(seller, item))
        assert told[0] == "INVALID_FIELDS", (fields, told)
        assert any(each.startswith(violation) for each in told), (fields, told)
    assert traces(crm) == before


#: Fields of a stage or a reason -> violation that they get.
_WRONG_LISTS: list[tuple[str, dict[str, Any], str]] = [
    ("crm.opportunity_stage", {"texts": {"it": "Prova"}}, "texts TEXT_MISSING"),
    ("crm.opportunity_stage", {"state": "unspecified"}, "state REQUIRED"),
    ("crm.opportunity_stage", {"state": "frozen"}, "state UNKNOWN_VALUE"),
    ("crm.opportunity_stage", {"probability": 101}, "probability"),
    ("crm.opportunity_stage", {"position": -1}, "position"),
    ("crm.opportunity_stage", {"code": "NEW"}, "NOT_UNIQUE"),
    ("crm.loss_reason", {"outcome": "won"}, "outcome UNKNOWN_VALUE"),
    ("crm.loss_reason", {"texts": {"en": "Test"}}, "texts TEXT_MISSING"),
    ("crm.loss_reason", {"code": "PRICE"}, "NOT_UNIQUE"),
]


def test_a_wrong_stage_or_reason_is_refused_and_changes_nothing(
    crm: OwnerUnderTest, administrator: Actor
) -> None:
    before = traces(crm)
    for entity, fields, violation in _WRONG_LISTS:
        own = {"state": "open"} if entity == "crm.opportunity_stage" else {"outcome": "lost"}
        complete = {"code": "TEST", "texts": {"it": "Prova", "en": "Test"}} | own
        told = refusal(crm.one(administrator, create(entity, **(complete | fields))))
        assert any(each.startswith(violation) for each in told), (entity, fields, told)
    assert traces(crm) == before


def test_an_administrators_stage_is_used_and_one_out_of_use_is_not_chosen(
    crm: OwnerUnderTest, administrator: Actor
) -> None:
    texts = {"it": "Prova in sede", "en": "Trial at ours"}
    trial = create("crm.opportunity_stage", code="TRIAL", state="open", texts=texts, probability=40)
    assert crm.one(administrator, trial).outcome == "applied"
    found = opened(crm, administrator)
    done(crm, administrator, found, "move", stage_id=trial["record_id"])
    crm.one(administrator, update("crm.opportunity_stage", QUALIFIED, inactive=True))
    told = refusal(give(crm, administrator, found, "move", stage_id=QUALIFIED))
    assert told == ("INVALID_FIELDS", "request.stage_id STAGE_INACTIVE")
    crm.one(administrator, update("crm.opportunity_stage", stage_id("WON"), inactive=True))
    # A state without a stage is a state all the same.
    won = done(crm, administrator, found, "win")
    assert (won["state"], won["stage_id"]) == ("won", None)


def test_who_sees_no_party_learns_nothing_of_its_opportunities(crm: OwnerUnderTest, seller: Actor) -> None:
    north = crm.accesses.give(within(NORTH))
    found = opened(crm, seller, party_id=party(crm, seller, territory_id=str(SOUTH)))
    assert refusal(give(crm, north, found, "win"))[0] == "RECORD_NOT_FOUND"
    with pytest.raises(NotFound):
        stays(crm, north, found)
    nobody = crm.accesses.give(*everything("offers"))
    access, now = crm.accesses.get(nobody), datetime.now(UTC)
    database = crm.owner.database
    for ask in (
        lambda: figures.funnel(database, access, day=None, now=now),
        lambda: figures.stage_times(database, access, since=None, until=None),
        lambda: figures.forecast(database, access, first=None, months=12, now=now),
    ):
        with pytest.raises(Forbidden, match="NOT_GRANTED"):
            ask()


def funnel(
    crm: OwnerUnderTest, user: Actor, day: date | None, now: datetime = START + timedelta(days=30)
) -> dict[tuple[str, str], tuple[int, dict[str, tuple[str, str]]]]:
    found = figures.funnel(crm.owner.database, crm.accesses.get(user), day=day, now=now)
    return {
        (each.state, each.stage_id): (
            each.opportunities,
            {a.currency: (str(a.value), str(a.weighted)) for a in each.amounts},
        )
        for each in found
    }


def test_the_funnel_of_a_day_has_the_stages_and_values_of_that_day(
    crm: OwnerUnderTest, seller: Actor
) -> None:
    monday = START.date()
    with at(0):
        one = opened(crm, seller, value="1000.01")
        two = opened(crm, seller, value="500", probability="33.3")
        opened(crm, seller, value="", stage_id=QUALIFIED)
        opened(crm, seller, value="700", currency="USD")
        crm.one(seller, delete("crm.opportunity", opened(crm, seller)))
    with at(1):
        done(crm, seller, one, "quote")
        crm.one(seller, update("crm.opportunity", two, value="800"))
    with at(2):
        done(crm, seller, one, "win")
        done(crm, seller, two, "lose", reason_id=PRICE)
    assert funnel(crm, seller, monday - timedelta(days=1)) == {}
    first = funnel(crm, seller, monday)
    # 100.001 and 166.5 are rounded once, together.
    assert first == {
        ("open", NEW): (3, {"EUR": ("1500.01", "266.50"), "USD": ("700.00", "70.00")}),
        ("open", QUALIFIED): (1, {}),
    }
    assert funnel(crm, seller, monday + timedelta(days=1)) == {
        ("open", NEW): (2, {"EUR": ("800.00", "266.40"), "USD": ("700.00", "70.00")}),
        ("open", QUALIFIED): (1, {}),
        ("quoting", OFFER): (1, {"EUR": ("1000.01", "500.01")}),
    }
    last = funnel(crm, seller, None)
    assert last[("won", stage_id("WON"))] == (1, {"EUR": ("1000.01", "1000.01")})
    assert last[("lost", stage_id("LOST"))] == (1, {"EUR": ("800.00", "0.00")})
    assert funnel(crm, seller, monday) == first, "what happened later does not change it"


def test_what_a_device_decided_counts_from_when_it_was_decided(crm: OwnerUnderTest, seller: Actor) -> None:
    with at(0):
        found = opened(crm, seller)
    device = Actor(user_id=seller.user_id, session_id=uuid7(), device_id=uuid7())
    made_at = START + timedelta(days=2)
    with at(5):
        item = {"id": str(uuid7()), "entity": "crm.opportunity", "record_id": found, "command": "quote"}
        assert crm.one(device, item | {"made_at": made_at.isoformat()}).outcome == "applied"
    last = stays(crm, seller, found)[-1].stay
    assert (last.since, last.arrived_at) == (made_at, START + timedelta(days=5))
    assert ("quoting", OFFER) in funnel(crm, seller, made_at.date())


def test_stays_that_are_over_give_median_and_p90(crm: OwnerUnderTest, seller: Actor) -> None:
    ids = []
    with at(0):
        ids = [opened(crm, seller) for _ in range(4)]
    for days, found in zip((1, 2, 3, 10), ids, strict=True):
        with at(days):
            done(crm, seller, found, "quote")
    with at(11):
        done(crm, seller, ids[0], "win")

    def times(since: date | None, until: date | None) -> dict[str, tuple[int, int | None, int | None]]:
        found = figures.stage_times(crm.owner.database, crm.accesses.get(seller), since=since, until=until)
        return {
            e.stage_id: (
                e.durations.count,
                (e.durations.median_s or 0) // 86400,
                (e.durations.p90_s or 0) // 86400,
            )
            for e in found
        }

    assert times(None, None) == {NEW: (4, 2, 10), OFFER: (1, 10, 10)}
    second = START.date() + timedelta(days=2)
    assert times(second, second + timedelta(days=1)) == {NEW: (2, 2, 3)}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(*(st.integers(0, top) for top in (2, 1, 2, 4))), min_size=1, max_size=25))
def test_times_in_stages_are_what_the_histories_of_all_opportunities_add_up_to(
    crm: OwnerUnderTest, seller: Actor, passages: list[tuple[int, int, int, int]]
) -> None:
    ids = [opened(crm, seller) for _ in range(3)]
    moments = [START] * 3
    with crm.owner.database.engine.begin() as connection:
        connection.execute(sa.delete(opportunity_standing))
        for which, state, stage, days in passages:
            moments[which] += timedelta(days=days, hours=stage)
            standing = {"state": ("open", "quoting")[state], "stage_id": (None, NEW, OFFER)[stage]}
            moment = {"made_at": moments[which], "arrived_at": moments[which], "currency": "EUR"}
            connection.execute(
                sa.insert(opportunity_standing), {"opportunity_id": UUID(ids[which]), **standing, **moment}
            )
    over = defaultdict(list)
    for each in (stay for found in ids for stay in stays(crm, seller, found)):
        if each.stay.until:
            over[each.stay.state, each.stage_id].append(each.stay.seconds(now=START))
    database, access = crm.owner.database, crm.accesses.get(seller)
    times = figures.stage_times(database, access, since=None, until=None)
    assert {(e.state, e.stage_id): e.durations for e in times} == {k: spread(v) for k, v in over.items()}


@pytest.fixture
def two_sellers(crm: OwnerUnderTest) -> Iterator[tuple[Actor, Actor]]:
    yield crm.accesses.give(*everything("crm")), crm.accesses.give(*everything("crm"))


def test_the_forecast_is_by_month_and_owner_with_what_is_won_apart(
    crm: OwnerUnderTest, two_sellers: tuple[Actor, Actor]
) -> None:
    one, two = two_sellers
    with at(0):
        opened(crm, one, value="1000", expected_close="2026-04-10")
        opened(crm, one, value="2000", expected_close="2026-04-30", probability="50")
        opened(crm, two, value="300", expected_close="2026-05-01", currency="USD")
        opened(crm, two, value="50", expected_close="2026-01-31")
        opened(crm, two, value="60")
        opened(crm, two, value="70", expected_close="2027-04-01")
        won = opened(crm, two, value="4000.00", expected_close="2026-09-01")
    # The night from March to April, in Rome: the month of the win is the company's.
    with time_machine.travel(datetime(2026, 3, 31, 22, 30, tzinfo=UTC), tick=False):
        done(crm, two, won, "win")
    expected, closed = figures.forecast(
        crm.owner.database,
        crm.accesses.get(one),
        first=None,
        months=12,
        now=START,
    )

    def plain(months: list[figures.Month]) -> list[tuple[Any, ...]]:
        return [
            (each.month, each.owner_id, each.opportunities, a.currency, str(a.value), str(a.weighted))
            for each in months
            for a in each.amounts
        ]

    assert plain(expected) == [
        ("overdue", str(two.user_id), 1, "EUR", "50.00", "5.00"),
        ("2026-04", str(one.user_id), 2, "EUR", "3000.00", "1100.00"),
        ("2026-05", str(two.user_id), 1, "USD", "300.00", "30.00"),
        ("", str(two.user_id), 1, "EUR", "60.00", "6.00"),
    ]
    assert plain(closed) == [("2026-04", str(two.user_id), 1, "EUR", "4000.00", "4000.00")]


def test_a_merged_partys_opportunities_follow_it(crm: OwnerUnderTest, seller: Actor) -> None:
    kept, gone = party(crm, seller), party(crm, seller)
    found = opened(crm, seller, party_id=gone)
    item = {"id": str(uuid7()), "entity": "crm.party", "record_id": kept, "command": "merge"}
    assert crm.one(seller, item | {"request": {"other_id": gone}}).outcome == "applied"
    assert str(stored(crm, found)["party_id"]) == kept


def test_figures_are_exact_to_the_cent(crm: OwnerUnderTest, seller: Actor) -> None:
    for _ in range(3):
        opened(crm, seller, value="0.05", probability="33.33")
    ((_, amounts),) = funnel(crm, seller, None, datetime.now(UTC)).values()
    assert amounts == {"EUR": ("0.15", "0.05")}


def test_an_opportunitys_way_is_told_on_the_timeline(crm: OwnerUnderTest, seller: Actor) -> None:
    found = opened(crm, seller)
    done(crm, seller, found, "quote")
    done(crm, seller, found, "lose", reason_id=PRICE, note="Troppo caro")
    done(crm, seller, found, "reopen")
    done(crm, seller, found, "win", note="Firmato")
    hear_itself(crm)
    entries, _ = timeline(crm, seller, filter_text=f"source_id = {found}")
    assert sorted((each["what"], each["detail"], each["title"]) for each in entries) == [
        ("opportunity_lost", "Troppo caro", "Linea di piega"),
        ("opportunity_opened", "", "Linea di piega"),
        ("opportunity_opened", "", "Linea di piega"),
        ("opportunity_quoting", "", "Linea di piega"),
        ("opportunity_won", "Firmato", "Linea di piega"),
    ]
