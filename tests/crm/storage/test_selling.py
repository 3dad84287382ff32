"""What selling took and brought: the same from any order of events, within grants, costs whole or not at
all.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson
import pytest
from uuid_utils.compat import uuid7

from services.crm.reports.selling import Figures, PartyFigures, party_figures, selling_figures
from services.crm.usecases.setup import provide
from services.crm.worker.identity import copy_access
from services.kit.actor import SYSTEM, Actor
from services.kit.errors import Forbidden
from services.kit.records.references import store_foreign
from services.kit.worker import deliver
from tests.crm.storage.test_merging import merge
from tests.crm.storage.test_opportunities import opened, party, refusal
from tests.crm.storage.test_timeline import hear, hear_itself, record
from tests.support.owners import (
    NORTH,
    SOUTH,
    OwnerUnderTest,
    create,
    everything,
    foreign,
    received,
    within,
)

SALES_ROLE, CHIEF_ROLE = str(uuid7()), str(uuid7())


@pytest.fixture(autouse=True)
def lists(crm: OwnerUnderTest) -> None:
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        provide(uow)
        for role in (SALES_ROLE, CHIEF_ROLE):
            store_foreign(uow.connection, foreign("identity.role", role))


@pytest.fixture
def manager(crm: OwnerUnderTest) -> Actor:
    """Sees every cost."""
    return crm.accesses.give(*everything("crm", "offers", "service", "mail", "crm_setup", facets=("cost",)))


def known_user(crm: OwnerUnderTest, *roles: str) -> str:
    """A seller whose roles the CRM has heard of."""
    user_id = str(crm.accesses.give(*everything("crm")).user_id)
    told = foreign("identity.user", user_id)
    told |= {"fragments": {"base": orjson.dumps({"id": user_id, "role_ids": list(roles)}).decode()}}
    event = received("identity", "identity.records_changed.v1", {"records": [told]})
    deliver(crm.owner.database, copy_access, event)
    return user_id


def rate(crm: OwnerUnderTest, author: Actor, **fields: Any) -> None:
    decision = crm.one(author, create("crm.selling_rate", **fields))
    assert decision.outcome == "applied", decision.error


def visit(
    crm: OwnerUnderTest,
    author: Actor,
    party_id: str,
    owner: str,
    *,
    minutes: int = 90,
    day: str = "2026-03-02",
) -> None:
    """A visit that took place."""
    begins = datetime.fromisoformat(f"{day}T09:00:00+00:00")
    item = create(
        "crm.activity",
        party_id=party_id,
        kind="visit",
        subject="Visita",
        owner_id=owner,
        starts_at=begins.isoformat(),
        ends_at=(begins + timedelta(minutes=minutes)).isoformat(),
    )
    finish = {"id": str(uuid7()), "entity": "crm.activity", "record_id": item["record_id"]}
    command = finish | {"command": "complete", "request": {"outcome": "Fatto"}}
    assert [each.outcome for each in crm.apply(author, item, command)] == ["applied", "applied"]


def offer(party_id: str, owner: str, state: str, **values: Any) -> list[dict[str, Any]]:
    """An offer with one revision, as their owner tells them."""
    offer_id, revision_id = str(uuid7()), str(uuid7())
    taxable, cost = values.pop("taxable", "1000.00"), values.pop("cost", "600.00")
    told = record(
        "offers.revision", revision_id, 2, offer_id=offer_id, state="frozen", taxable=taxable,
        currency=values.pop("currency", "EUR"),
    )  # fmt: skip
    told["fragments"]["cost"] = orjson.dumps({"cost_total": cost}).decode()
    accepted = revision_id if state in ("accepted", "ordered") else ""
    head = {"party_id": party_id, "owner_id": owner, "state": state, "accepted_revision_id": accepted}
    return [record("offers.offer", offer_id, 3, **head, **values), told]


def asked(crm: OwnerUnderTest, user: Actor, by: str, **period: date | None) -> dict[str, Figures]:
    wanted = {"since": None, "until": None, **period}
    found = selling_figures(crm.owner.database, crm.accesses.get(user), by=by, **wanted)
    return {each.key: each for each in found}


def of_party(crm: OwnerUnderTest, user: Actor, party_id: str) -> PartyFigures:
    return party_figures(crm.owner.database, crm.accesses.get(user), party_id)


def costs(figures: Figures) -> list[tuple[str, str, str, str]] | None:
    found = figures.costs
    if found is None:
        return None
    return [(c.currency, str(c.contribution), str(c.cost_of_selling), str(c.net)) for c in found]


def test_visits_per_won_offer_and_what_is_left_of_the_contribution(
    crm: OwnerUnderTest, manager: Actor
) -> None:
    seller, chief = known_user(crm, SALES_ROLE), known_user(crm, SALES_ROLE, CHIEF_ROLE)
    rate(crm, manager, hourly_rate="40")
    rate(crm, manager, role_id=CHIEF_ROLE, hourly_rate="90.5")
    known = party(crm, manager, territory_id=str(NORTH))
    for _ in range(3):
        visit(crm, manager, known, seller)
    visit(crm, manager, known, chief, minutes=50)
    hear(crm, *offer(known, seller, "ordered"), *offer(known, seller, "accepted", taxable="500.10"))
    hear(crm, *offer(known, chief, "lost"), *offer(known, chief, "sent", currency="USD"))
    by_seller = asked(crm, manager, "seller")
    assert (by_seller[seller].visits, by_seller[seller].minutes, by_seller[seller].won) == (3, 270, 2)
    assert str(by_seller[seller].visits_per_won_offer) == "1.5"
    assert by_seller[chief].visits_per_won_offer is None
    assert costs(by_seller[seller]) == [("EUR", "300.10", "180.00", "120.10")]
    # 50 minutes at the dearer rate of the chief's own role: 75.4166… is rounded once.
    assert costs(by_seller[chief]) == [("EUR", "0.00", "75.42", "-75.42")]
    (by_area,) = asked(crm, manager, "area").values()
    assert (by_area.key, by_area.lost, by_area.open_worth) == (str(NORTH), 1, {"USD": Decimal("1000.00")})
    assert costs(by_area) == [("EUR", "300.10", "255.42", "44.68")]
    assert list(asked(crm, manager, "customer")) == [known]


def test_what_was_said_of_time_way_and_expenses_counts(crm: OwnerUnderTest, manager: Actor) -> None:
    seller, known = known_user(crm, SALES_ROLE), party(crm, manager)
    rate(crm, manager, hourly_rate="60", kilometre_rate="0.5")
    item = create(
        "crm.activity", party_id=known, kind="visit", subject="Visita", owner_id=seller,
        starts_at="2026-03-02T09:00:00Z", ends_at="2026-03-02T17:00:00Z",
    )  # fmt: skip
    spent = [
        create("crm.expense", activity_id=item["record_id"], kind="meal", amount=amount, currency=currency)
        for amount, currency in (("31.40", "EUR"), ("8.00", "EUR"), ("20.00", "CHF"))
    ]
    finish = {"id": str(uuid7()), "entity": "crm.activity", "record_id": item["record_id"]}
    request = {"outcome": "Fatto", "minutes": 90, "kilometres": "120"}
    command = finish | {"command": "complete", "request": request}
    assert {each.outcome for each in crm.apply(manager, item, *spent, command)} == {"applied"}
    found = asked(crm, manager, "seller")[seller]
    assert (found.minutes, found.kilometres) == (90, Decimal(120))
    assert found.expenses == {"EUR": Decimal("39.40"), "CHF": Decimal("20.00")}
    assert costs(found) == [("CHF", "0.00", "20.00", "-20.00"), ("EUR", "0.00", "189.40", "-189.40")]


def test_a_rate_holds_from_its_first_day_on(crm: OwnerUnderTest, manager: Actor) -> None:
    seller = known_user(crm, SALES_ROLE)
    rate(crm, manager, hourly_rate="40")
    rate(crm, manager, hourly_rate="60", valid_from="2026-03-03")
    known = party(crm, manager)
    for day in ("2026-03-02", "2026-03-03"):
        visit(crm, manager, known, seller, minutes=60, day=day)
    assert costs(asked(crm, manager, "seller")[seller]) == [("EUR", "0.00", "100.00", "-100.00")]


def test_a_cost_that_is_missing_is_not_zero(crm: OwnerUnderTest, manager: Actor) -> None:
    seller, known = known_user(crm), party(crm, manager)
    hear(crm, *offer(known, seller, "accepted", cost=""))
    assert costs(asked(crm, manager, "seller")[seller]) is None
    other = party(crm, manager)
    visit(crm, manager, other, seller)
    assert costs(asked(crm, manager, "customer")[other]) is None, "no rate is known"


def test_who_does_not_see_every_cost_is_told_none(crm: OwnerUnderTest, manager: Actor) -> None:
    seller = known_user(crm, SALES_ROLE)
    rate(crm, manager, hourly_rate="40")
    north, south = (party(crm, manager, territory_id=str(each)) for each in (NORTH, SOUTH))
    for known in (north, south):
        visit(crm, manager, known, seller)
        hear(crm, *offer(known, seller, "accepted"))
    plain = crm.accesses.give(*everything("crm", "offers", "crm_setup"))
    found = asked(crm, plain, "seller")[seller]
    assert (found.won, found.visits, costs(found)) == (2, 2, None)
    # Everything is seen, the cost of the north alone: the sum over both would tell of the south.
    partly = crm.accesses.give(
        *everything("crm", "offers"),
        *everything("crm_setup", facets=("cost",)),
        *(within(NORTH, group, ("cost",)) for group in ("crm", "offers")),
    )
    assert costs(asked(crm, partly, "seller")[seller]) is None
    by_customer = asked(crm, partly, "customer")
    assert costs(by_customer[north]) == [("EUR", "400.00", "60.00", "340.00")]
    assert costs(by_customer[south]) is None
    # Each of the three sights is needed: of goods, of selling, of rates.
    for blind in ("crm", "offers", "crm_setup"):
        facets = {group: ("cost",) for group in ("crm", "offers", "crm_setup") if group != blind}
        grants = [
            grant
            for group in ("crm", "offers", "crm_setup")
            for grant in everything(group, facets=facets.get(group, ()))
        ]
        assert costs(asked(crm, crm.accesses.give(*grants), "seller")[seller]) is None


def test_figures_count_what_their_reader_may_see(crm: OwnerUnderTest, manager: Actor) -> None:
    seller = known_user(crm)
    for territory in (NORTH, SOUTH):
        known = party(crm, manager, territory_id=str(territory))
        visit(crm, manager, known, seller)
        hear(crm, *offer(known, seller, "accepted"))
    reader = crm.accesses.give(within(NORTH))
    found = asked(crm, reader, "seller")[seller]
    assert (found.visits, found.won) == (1, 0), "no grant for offers"
    both = crm.accesses.give(within(NORTH), within(NORTH, "offers"))
    assert (asked(crm, both, "seller")[seller].won, list(asked(crm, both, "area"))) == (1, [str(NORTH)])
    with pytest.raises(Forbidden, match="NOT_GRANTED"):
        asked(crm, crm.accesses.give(*everything("offers")), "seller")


def test_a_period_counts_what_happened_in_it(crm: OwnerUnderTest, manager: Actor) -> None:
    seller, known = known_user(crm), party(crm, manager)
    visit(crm, manager, known, seller, day="2026-02-28")
    visit(crm, manager, known, seller, day="2026-03-01")
    offer_id = str(uuid7())
    for version, state, day in ((1, "sent", "2026-02-10"), (2, "accepted", "2026-02-27")):
        values = {"party_id": known, "owner_id": seller, "state": state}
        hear(crm, record("offers.offer", offer_id, version, at=day, **values))
    # Its order came in March: it was won in February all the same.
    values |= {"state": "ordered"}
    hear(crm, record("offers.offer", offer_id, 3, at="2026-03-05", **values))
    (february,) = asked(crm, manager, "seller", since=date(2026, 2, 1), until=date(2026, 2, 28)).values()
    assert (february.visits, february.won) == (1, 1)
    (march,) = asked(crm, manager, "seller", since=date(2026, 3, 1)).values()
    assert (march.visits, march.won) == (1, 0)


def test_a_party_is_told_with_what_was_merged_into_it(crm: OwnerUnderTest, manager: Actor) -> None:
    seller = known_user(crm)
    kept, gone = party(crm, manager), party(crm, manager)
    visit(crm, manager, gone, seller)
    ordered, revision = offer(gone, seller, "ordered")
    order = record(
        "offers.order", str(uuid7()), 1, offer_id=ordered["id"], state="sent", taxable="1000.00",
        currency="EUR",
    )  # fmt: skip
    hear(
        crm,
        ordered,
        revision,
        order,
        record("aftersales.request", str(uuid7()), 1, party_id=gone, state="new"),
    )
    opened(crm, manager, party_id=gone, value="70.00")
    hear_itself(crm)
    merge(crm, manager, kept, gone)
    found = of_party(crm, manager, kept)
    euro = {"EUR": Decimal("1000.00")}
    told = {
        name: [(each.state, each.count, each.worth) for each in getattr(found, name)]
        for name in ("activities", "opportunities", "offers", "orders", "requests")
    }
    assert told == {
        "activities": [("done", 1, {})],
        "opportunities": [("open", 1, {"EUR": Decimal("70.00")})],
        "offers": [("ordered", 1, euro)],
        "orders": [("sent", 1, euro)],
        "requests": [("new", 1, {})],
    }
    assert found.last_contact_at == datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    assert (found.selling.visits, found.selling.won) == (1, 1)
    assert list(asked(crm, manager, "customer")) == [kept]


_LIVES: list[list[str]] = [
    ["draft"],
    ["draft", "sent"],
    ["draft", "sent", "lost"],
    ["draft", "cancelled"],
    ["draft", "sent", "accepted", "ordered"],
    ["draft", "sent", "lost", "in_work", "sent", "accepted"],
]


class World:
    """Random lives of offers at some parties, and what they come to by a calculation of its own."""

    def __init__(self, draw: random.Random, parties: Sequence[str], sellers: Sequence[str]) -> None:
        self.events: list[dict[str, Any]] = []
        self.last: dict[str, tuple[str, str, str, Decimal, Decimal, bool]] = {}
        self.requests: dict[str, tuple[str, str]] = {}
        for _ in range(8):
            self._offer(draw, parties, sellers)
        for _ in range(3):
            self._request(draw, parties)

    def _offer(self, draw: random.Random, parties: Sequence[str], sellers: Sequence[str]) -> None:
        offer_id, revisions = str(uuid7()), sorted(str(uuid7()) for _ in range(draw.randrange(1, 4)))
        worth: dict[str, tuple[Decimal, Decimal]] = {}
        for number, revision_id in enumerate(revisions):
            for version in range(1, draw.randrange(2, 4)):
                taxable, cost = Decimal(draw.randrange(10**6)) / 100, Decimal(draw.randrange(10**5)) / 100
                told = record(
                    "offers.revision", revision_id, version, offer_id=offer_id, currency="EUR",
                    taxable=str(taxable), created_at=f"2026-01-0{number + 1}T08:00:00Z",
                )  # fmt: skip
                told["fragments"]["cost"] = orjson.dumps({"cost_total": str(cost)}).decode()
                self.events.append(told)
                worth[revision_id] = (taxable, cost)
        states = draw.choice(_LIVES)
        chosen = draw.choice(revisions) if states[-1] in ("accepted", "ordered") else ""
        for version, state in enumerate(states, start=1):
            party_id, seller = draw.choice(parties), draw.choice(sellers)
            gone = version == len(states) and draw.random() < 0.1
            values = {"party_id": party_id, "owner_id": seller, "state": state, "deleted": gone}
            values["accepted_revision_id"] = chosen if state in ("accepted", "ordered") else ""
            day = f"2026-02-{version:02d}"
            self.events.append(record("offers.offer", offer_id, version, at=day, **values))
            self.last[offer_id] = (party_id, seller, state, *worth[chosen or revisions[-1]], gone)

    def _request(self, draw: random.Random, parties: Sequence[str]) -> None:
        request_id, party_id = str(uuid7()), draw.choice(parties)
        for version, state in enumerate(("new", "assigned", "resolved")[: draw.randrange(1, 4)], start=1):
            told = record("aftersales.request", request_id, version, party_id=party_id, state=state)
            self.events.append(told)
            self.requests[request_id] = (party_id, state)

    def expected(self, position: int) -> dict[str, tuple[int, Decimal, int, int, Decimal]]:
        """By party (position 0) or seller (1): won, their worth, lost, open, contribution."""
        found: dict[str, tuple[int, Decimal, int, int, Decimal]] = {}
        for told in self.last.values():
            state, taxable, cost, gone = told[2:]
            if gone or state == "cancelled":
                continue
            won, worth, lost, running, left = found.get(told[position], (0, Decimal(0), 0, 0, Decimal(0)))
            is_won, is_lost = state in ("accepted", "ordered"), state == "lost"
            found[told[position]] = (
                won + is_won,
                worth + (taxable if is_won else 0),
                lost + is_lost,
                running + (not is_won and not is_lost),
                left + (taxable - cost if is_won else 0),
            )
        return found


@pytest.mark.parametrize("seed", range(3))
def test_any_order_and_repetition_of_events_gives_the_same_figures(
    crm: OwnerUnderTest, manager: Actor, seed: int
) -> None:
    draw = random.Random(seed)
    parties = [party(crm, manager) for _ in range(3)]
    sellers = [str(uuid7()) for _ in range(2)]
    world = World(draw, parties, sellers)
    events = world.events + draw.choices(world.events, k=len(world.events) // 2)
    draw.shuffle(events)
    while events:
        size = draw.randrange(1, 9)
        hear(crm, *events[:size])
        events = events[size:]
    for by, position in (("customer", 0), ("seller", 1)):
        told = {
            key: (
                each.won,
                each.won_worth.get("EUR", Decimal(0)),
                each.lost,
                each.open,
                (each.contribution or {}).get("EUR", Decimal(0)),
            )
            for key, each in asked(crm, manager, by).items()
        }
        assert told == world.expected(position)
    for party_id in parties:
        counted = {each.state: each.count for each in of_party(crm, manager, party_id).requests}
        mine = [state for owner, state in world.requests.values() if owner == party_id]
        assert counted == {state: mine.count(state) for state in set(mine)}


_WRONG_RATES: list[tuple[dict[str, Any], str]] = [
    ({"hourly_rate": "-1"}, "hourly_rate AMOUNT_NEGATIVE"),
    ({"kilometre_rate": "-0.01"}, "kilometre_rate AMOUNT_NEGATIVE"),
    ({"hourly_rate": "forty"}, "hourly_rate INVALID_DECIMAL"),
    ({"currency": "LIT"}, "currency CURRENCY_UNKNOWN"),
    ({"valid_from": "2026-13-01"}, "valid_from INVALID_DATE"),
    ({"role_id": str(uuid7())}, "role_id REFERENCE_NOT_FOUND"),
]


def test_a_wrong_rate_is_refused_and_changes_nothing(crm: OwnerUnderTest, manager: Actor) -> None:
    before = crm.count("outbox"), crm.count("selling_rate")
    for fields, violation in _WRONG_RATES:
        told = refusal(crm.one(manager, create("crm.selling_rate", **fields)))
        assert any(each.startswith(violation) for each in told), (fields, told)
    blind = crm.accesses.give(*everything("crm_setup"))
    told = refusal(crm.one(blind, create("crm.selling_rate", hourly_rate="40")))
    assert told[0] == "FACET_NOT_GRANTED"
    assert (crm.count("outbox"), crm.count("selling_rate")) == before


def test_rounding_is_once_and_half_up() -> None:
    found = Figures("", contribution={"EUR": Decimal("0.005")}, cost_of_selling={"EUR": Decimal("-0.005")})
    assert found.costs is not None
    assert [(c.contribution, c.cost_of_selling) for c in found.costs] == [
        (Decimal("0.005").quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal("-0.01"))
    ]
