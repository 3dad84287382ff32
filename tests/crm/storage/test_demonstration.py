"""The demonstration's opportunities are taken as they are, and their two years show in the funnel."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from uuid_utils.compat import uuid7

from services.crm.reports.opportunities import funnel
from services.crm.usecases.opportunity_lists import REASONS, STAGES, loss_reason_id, stage_id
from services.crm.usecases.setup import provide
from services.kit.actor import SYSTEM, Actor
from services.local.demonstration import opportunities, sources
from tests.support.owners import OwnerUnderTest, create, everything

TODAY = date(2026, 11, 29)


def test_two_years_of_opportunities_are_taken_without_a_refusal(crm: OwnerUnderTest) -> None:
    with crm.owner.database.unit_of_work(SYSTEM) as uow:
        provide(uow)
    user = crm.accesses.give(*everything("crm"), *everything("crm_setup", facets=("cost",)))
    device = Actor(user_id=user.user_id, session_id=uuid7(), device_id=uuid7())
    parties = {each.vat_number: create("crm.party", name=each.name) for each in sources.customers()[:30]}
    reasons: dict[str, list[str]] = {}
    for outcome, code in REASONS:
        reasons.setdefault(outcome, []).append(loss_reason_id(outcome, code))
    planned = opportunities.plan(
        TODAY,
        {number: item["record_id"] for number, item in parties.items()},
        {code: stage_id(code) for _, code in STAGES},
        reasons,
    )
    groups = [*opportunities.rates(), *(group for each in planned.values() for group in each)]
    items = [*parties.values(), *(item for group in groups for item in group)]
    for start in range(0, len(items), 150):
        decisions = crm.apply(device, *items[start : start + 150])
        assert [(each.outcome, each.error) for each in decisions if each.error] == []
    now, access = datetime.now(UTC), crm.accesses.get(user)
    database = crm.owner.database
    states = Counter[str]()
    for stage in funnel(database, access, day=None, now=now):
        states[stage.state] += stage.opportunities
    assert states == opportunities.STATES
    a_year_ago = funnel(database, access, day=TODAY - timedelta(days=365), now=now)
    assert {"quoting", "won"} <= {stage.state for stage in a_year_ago}
    assert sum(stage.opportunities for stage in a_year_ago) < sum(states.values())
