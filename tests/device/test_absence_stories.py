"""What a device takes along into a factory without a network, over every real process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.device import outgoing
from gateway.device.errors import LeaseOver, Refused, Unusable
from tests.device.test_stories import (  # noqa: F401 - fixtures
    LINE,
    OFFER,
    PARTY,
    REVISION,
    Devices,
    catalogue,
    device_of,
    pulls_until,
    settled,
    sign_in,
)
from tests.support.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def test_a_line_without_a_price_is_priced_and_frozen_as_the_server_does(
    device_of: Devices,  # noqa: F811
    catalogue: dict[str, Any],  # noqa: F811
) -> None:
    north = device_of("sales.north")
    pulls_until(north, lambda: north.view.records("offers.price", article_id=catalogue["id"]))
    party = north.author.create(PARTY, {"name": "Senza prezzo S.r.l.", "kind": "company"})
    offer = north.author.create(OFFER, {"party_id": party, "title": "Listino"})
    lines = [(LINE, {"article_id": catalogue["id"], "quantity": quantity}) for quantity in ("1", "2", "10")]
    revision = north.author.create(REVISION, {"offer_id": offer, "valid_until": "2999-12-31"}, lines)
    previewed, before, _ = north.offers.priced(revision)
    sha256 = north.offers.freeze(revision)
    outcomes = north.push().outcomes
    assert set(outcomes) <= {"applied", "merged"}, (outcomes, north.parked.questions())
    pulls_until(north, lambda: not outgoing.shown(north.store))
    stored = north.view.server_record(REVISION, revision)
    assert stored is not None
    assert stored["sha256"] == sha256
    figures = ("lines_net", "taxable", "total", "payable", "vat_groups")
    assert {name: stored[name] for name in figures} == {name: previewed[name] for name in figures}
    told = ("unit_price", "discounts", "amount", "code", "description", "unit", "vat_rate", "price_trail")
    after = {line["id"]: line for line in north.view.records(LINE, revision_id=revision)}
    for line in before:
        assert {name: after[line["id"]][name] for name in told} == {name: line[name] for name in told}


def test_an_offer_made_offline_has_its_final_number_at_once_and_for_ever(device_of: Devices) -> None:  # noqa: F811
    north, manager = device_of("sales.north"), device_of("sales.manager")
    year = f"{north.author.today().year}"
    pulls_until(north, lambda: north.numbers.left("OFF", year) == 20)
    party = north.author.create(PARTY, {"name": "Numeri S.r.l.", "kind": "company"})
    made = [north.author.create(OFFER, {"party_id": party, "title": f"Offerta {n}"}) for n in range(2)]
    given = [(north.view.record(OFFER, each) or {})["number"] for each in made]
    settled(north)
    assert [(north.view.server_record(OFFER, each) or {})["number"] for each in made] == given
    assert all(number.startswith(f"OFF-{year}-") for number in given)
    manager.pull()
    mine = north.store.get("device_id")
    assert {block["device_id"] for block in manager.view.records("offers.number_block")}.isdisjoint({mine})


def test_a_closed_copy_is_opened_by_the_code_that_an_administrator_reads_out(
    system: Installation,
    device_of: Devices,  # noqa: F811
) -> None:
    north, admin = device_of("sales.north"), device_of("admin")
    today = datetime.now(UTC).date()
    north.store.put(last_contact=(datetime.now(UTC) - timedelta(days=15)).isoformat())
    with pytest.raises(LeaseOver):
        north.view  # noqa: B018 - opening it is the point
    until = today + timedelta(days=21)
    code = admin.unlock_code(north.store.get("device_id"), until.isoformat())
    with pytest.raises(Unusable, match="CODE_WRONG"):
        admin.lease.unlock(code)
    assert north.lease.unlock(code) == until
    assert north.view.counts()
    with pytest.raises(Refused, match="DEVICE_UNKNOWN"):
        north.unlock_code(admin.store.get("device_id"), until.isoformat())
