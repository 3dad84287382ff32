"""What people do with a copy, over every real process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.device import outgoing
from gateway.device.device import Device
from gateway.device.errors import ServerAway, Unusable, Wiped
from gateway.device.following import Following
from tests.device.support import decrypted_bytes
from tests.e2e.conftest import catalogue, sign_in  # noqa: F401 - fixtures
from tests.support.installation import Installation
from tests.support.watching import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PARTY, OFFER, REVISION, LINE = "crm.party", "offers.offer", "offers.revision", "offers.line"
Devices = Callable[..., Device]
KEY = bytes(range(32))
SignIn = Callable[[str], httpx.Client]


class Recorder(httpx.HTTPTransport):
    """Keeps everything that a device received, decompressed."""

    def __init__(self) -> None:
        super().__init__()
        self.received = b""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        self.received += answer.read()
        return answer


@pytest.fixture
def device_of(system: Installation, tmp_path: Path) -> Iterator[Devices]:
    """`device_of("sales.north")`: a device of that user, signed in and pulled."""
    opened: list[Device] = []

    def open_one(user_name: str, *, groups: tuple[str, ...] = (), transport: Any = None) -> Device:
        device = Device(tmp_path / f"{user_name}-{len(opened)}", key=KEY, transport=transport)
        opened.append(device)
        device.sign_in(system.address, user_name, system.password)
        device.choose_groups(groups)
        device.pull()
        return device

    yield open_one
    for device in opened:
        device.close()


def pulls_until(device: Device, holds: Callable[[], object]) -> None:
    """Pull until it holds; the sequencer needs a moment."""

    def tried() -> bool:
        device.pull()
        return bool(holds())

    eventually(tried)


def settled(device: Device) -> None:
    """Push, and pull until nothing is laid over the replica any more."""
    device.push()
    pulls_until(device, lambda: not outgoing.shown(device.store))


def offer_of(device: Device, title: str = "Pressa") -> tuple[str, str, str]:
    """Make a party with an offer, a revision and a line; return party, offer and revision."""
    party = device.author.create(PARTY, {"name": f"{title} S.r.l.", "kind": "company"})
    offer = device.author.create(OFFER, {"party_id": party, "title": title})
    revision = device.author.create(
        REVISION,
        {"offer_id": offer, "currency": "EUR", "valid_until": "2999-12-31"},
        [(LINE, {"quantity": "2", "unit_price": "1000.00", "discounts": "10", "vat_rate": "22"})],
    )
    return party, offer, revision


def has(device: Device, entity: str, record_id: str) -> Callable[[], bool]:
    return lambda: device.view.server_record(entity, record_id) is not None


def test_everybody_sees_what_they_may_and_costs_reach_nobody_without_the_facet(
    device_of: Devices,
    catalogue: dict[str, Any],  # noqa: F811
) -> None:
    socket = Recorder()
    north = device_of("sales.north", transport=socket)
    south, manager = device_of("sales.south"), device_of("sales.manager")
    party, offer, revision = offer_of(north)
    settled(north)
    pulls_until(manager, has(manager, REVISION, revision))
    pulls_until(manager, lambda: has(manager, "offers.article", catalogue["id"])())
    south.pull()
    for entity, record_id in ((PARTY, party), (OFFER, offer), (REVISION, revision)):
        assert has(north, entity, record_id)()
        assert has(manager, entity, record_id)()
        assert not has(south, entity, record_id)()
    facets = "select distinct facet from fragment"
    # What machines were sold for is shown to who sells; what anything costs is not.
    assert {row[0] for row in north.store.sql.execute(facets)} <= {"base", "price"}
    assert {row[0] for row in manager.store.sql.execute(facets)} >= {"base", "cost"}
    assert b'"title":"Pressa"' in socket.received
    assert b"unit_cost" not in socket.received
    assert b"margin_percent" not in socket.received
    assert "unit_cost" in manager.view.records("offers.article")[0]
    assert "unit_cost" not in north.view.records("offers.article")[0]


def test_a_party_and_its_offer_made_offline_are_priced_frozen_and_accepted_in_one_queue(
    device_of: Devices,
) -> None:
    north = device_of("sales.north")
    _, offer, revision = offer_of(north)
    previewed, _, _ = north.offers.priced(revision)
    assert (previewed["taxable"], previewed["total"]) == ("1800.00", "2196.00")
    sha256 = north.offers.freeze(revision)
    north.offers.accept(offer)
    assert north.view.record(OFFER, offer)["state"] == "accepted"  # type: ignore[index]
    outcomes = north.push().outcomes
    assert set(outcomes) <= {"applied", "merged"}, (outcomes, north.parked.questions())
    pulls_until(north, lambda: not outgoing.shown(north.store))
    frozen = north.view.server_record(REVISION, revision)
    assert frozen is not None
    assert (frozen["sha256"], frozen["state"], frozen["total"]) == (sha256, "accepted", "2196.00")
    pulls_until(north, lambda: north.view.records("offers.order", offer_id=offer))


def test_a_charge_spread_offline_freezes_to_the_servers_hash(device_of: Devices) -> None:
    north = device_of("sales.north")
    _, _, revision = offer_of(north)
    fields = {"revision_id": revision, "description": "Trasporto", "formula": "percent", "rate": "2.5"}
    charge = north.author.create("offers.charge", fields)
    north.offers.spread(charge, "quantity")
    north.offers.unspread(charge)
    north.offers.spread(charge)
    shown = north.view.record("offers.charge", charge)
    assert shown is not None
    assert (shown["mode"], [share["amount"] for share in shown["spread_shares"]]) == ("spread", ["45.00"])
    with pytest.raises(Unusable, match="ONLINE_ONLY"):
        north.offers.spread(charge, "cost")
    sha256 = north.offers.freeze(revision)
    outcomes = north.push().outcomes
    assert set(outcomes) <= {"applied", "merged"}, (outcomes, north.parked.questions())
    pulls_until(north, lambda: not outgoing.shown(north.store))
    frozen = north.view.server_record(REVISION, revision)
    assert frozen is not None
    assert (frozen["sha256"], frozen["taxable"]) == (sha256, "1845.00")


def test_clean_fields_merge_the_conflict_is_parked_and_nothing_else_waits(
    device_of: Devices,
    sign_in: SignIn,  # noqa: F811
) -> None:
    north, online = device_of("sales.north"), sign_in("sales.north")
    party, _, _ = offer_of(north)
    other = north.author.create(PARTY, {"name": "Altra"})
    settled(north)
    online.patch(f"/v1/crm/parties/{party}", json={"name": "Theirs", "notes": "online"})
    change = north.author.edit(PARTY, party, {"name": "Mine", "website": "https://mine.example"})
    north.author.edit(PARTY, other, {"notes": "goes on"})
    assert north.push().outcomes == {"conflict": 1, "applied": 1}
    pulls_until(north, lambda: not outgoing.shown(north.store))
    record = north.view.record(PARTY, party)
    assert record is not None
    assert (record["name"], record["website"], record["notes"]) == (
        "Theirs",
        "https://mine.example",
        "online",
    )
    (question,) = north.parked.questions()
    assert (question.mine, question.theirs) == ({"name": "Mine"}, {"name": "Theirs"})
    north.parked.resolve(change, "mine")
    settled(north)
    assert online.get(f"/v1/crm/parties/{party}").json()["name"] == "Mine"
    assert online.get("/v1/parked").json()["parked"] == []


def test_a_party_moved_south_takes_everything_under_it_along(
    device_of: Devices,
    sign_in: SignIn,  # noqa: F811
) -> None:
    north, south, manager = device_of("sales.north"), device_of("sales.south"), sign_in("sales.manager")
    party, offer, revision = offer_of(north)
    (line,) = north.view.records(LINE, revision_id=revision)
    contact = north.author.create(
        "crm.contact_point", {"party_id": party, "kind": "phone", "value": "035 123456"}
    )
    settled(north)
    machine = _made(manager, "aftersales/installed-products", party_id=party, description="Pressa usata")
    told = {"party_id": party, "installed_product_id": machine, "title": "Errore asse Y"}
    request = _made(manager, "aftersales/requests", **told)
    tree = (
        (PARTY, party),
        ("crm.contact_point", contact),
        (OFFER, offer),
        (REVISION, revision),
        (LINE, line["id"]),
        ("aftersales.installed_product", machine),
        ("aftersales.request", request),
    )
    pulls_until(north, lambda: all(has(north, *each)() for each in tree))
    moved = manager.patch(f"/v1/crm/parties/{party}", json={"territory_id": _south(manager)})
    assert moved.status_code == 200, moved.text
    pulls_until(south, lambda: all(has(south, *each)() for each in tree))
    pulls_until(north, lambda: not any(has(north, *each)() for each in tree))
    bodies = "select count(*) from fragment where body like ?"
    assert north.store.sql.execute(bodies, (f"%{party}%",)).fetchone() == (0,)


def test_an_offer_moved_to_another_party_takes_its_revisions_and_lines_along(
    device_of: Devices,
    sign_in: SignIn,  # noqa: F811
) -> None:
    north, south, manager = device_of("sales.north"), device_of("sales.south"), sign_in("sales.manager")
    party, offer, revision = offer_of(north)
    (line,) = north.view.records(LINE, revision_id=revision)
    settled(north)
    dealer = _made(manager, "crm/parties", name="Rivendita Sud S.r.l.", territory_id=_south(manager))
    tree = ((OFFER, offer), (REVISION, revision), (LINE, line["id"]))
    pulls_until(north, lambda: all(has(north, *each)() for each in tree))

    # Offers learns of the dealer by an event or by asking; either way the move is one write.
    moved = manager.patch(f"/v1/offers/offers/{offer}", json={"party_id": dealer})
    assert moved.status_code == 200, moved.text
    pulls_until(south, lambda: all(has(south, *each)() for each in (*tree, (PARTY, dealer))))
    pulls_until(north, lambda: not any(has(north, *each)() for each in tree))
    assert has(north, PARTY, party)()
    assert not has(south, PARTY, party)()

    back = manager.patch(f"/v1/offers/offers/{offer}", json={"party_id": party})
    assert back.status_code == 200, back.text
    pulls_until(north, lambda: all(has(north, *each)() for each in tree))
    pulls_until(south, lambda: not any(has(south, *each)() for each in tree))


def _made(client: httpx.Client, collection: str, **fields: str) -> str:
    """Create a record; return its id."""
    answer = client.post(f"/v1/{collection}", json=fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _south(client: httpx.Client) -> str:
    """Return the id of the southern territory."""
    found = client.get("/v1/identity/territories", params={"filter": "code = SUD"}).json()["records"]
    return str(found[0]["id"])


def test_a_grant_is_added_revoked_and_given_again(
    device_of: Devices,
    sign_in: SignIn,  # noqa: F811
) -> None:
    north, south, admin = device_of("sales.north"), device_of("sales.south"), sign_in("admin")
    party, _, revision = offer_of(north)
    settled(north)
    (user,) = admin.get("/v1/identity/users", params={"filter": "user_name = sales.south"}).json()["records"]
    found = admin.get("/v1/identity/territories", params={"filter": "code = NORD"}).json()["records"]
    both = [*user["territory_ids"], found[0]["id"]]

    def works_in(territories: list[str]) -> None:
        answer = admin.patch(f"/v1/identity/users/{user['id']}", json={"territory_ids": territories})
        assert answer.status_code == 200, answer.text

    try:
        for territories, sees in ((both, True), (user["territory_ids"], False), (both, True)):
            works_in(territories)
            pulls_until(south, lambda sees=sees: has(south, REVISION, revision)() is sees)
            assert has(south, PARTY, party)() is sees
    finally:
        works_in(user["territory_ids"])
    pulls_until(south, lambda: not has(south, PARTY, party)())
    assert revision.encode() not in decrypted_bytes(south.store.path.parent, KEY)
    assert south.store.get("mismatches", "0") == "0"


def test_an_answer_lost_after_the_commit_does_nothing_twice(
    system: Installation,
    device_of: Devices,
    sign_in: SignIn,  # noqa: F811
) -> None:
    class LosesAnswers(httpx.HTTPTransport):
        active = False

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = super().handle_request(request)
            if self.active and request.url.path == "/v1/changes":
                answer.read()
                raise httpx.ReadError("the line broke")
            return answer

    line = LosesAnswers()
    north = device_of("sales.north", transport=line)
    party, _, _ = offer_of(north)
    line.active = True
    with pytest.raises(ServerAway):
        north.push()
    line.active = False
    north.push()
    assert outgoing.waiting(north.store) == []
    settled(north)
    assert north.view.server_record(PARTY, party)["version"] == 1  # type: ignore[index]


def test_a_partial_copy_becomes_general_and_partial_again(device_of: Devices) -> None:
    general = device_of("sales.north")
    offer_of(general)
    settled(general)
    partial = device_of("sales.north", groups=("crm", "directory"))
    pulls_until(partial, lambda: "crm.party" in partial.view.counts())
    assert not [name for name in partial.view.counts() if name.startswith("offers.")]
    partial.choose_groups([])

    def holds_the_same() -> bool:
        # Each device that carries offers is given numbers, which the other one sees a little later.
        general.pull()
        return partial.view.counts() == general.view.counts()

    pulls_until(partial, holds_the_same)
    partial.choose_groups(["offers"])
    partial.pull()
    # What the timeline tells of offers goes with the offers.
    kept = set(partial.view.counts()) - {"crm.timeline_entry"}
    assert {name.split(".")[0] for name in kept} == {"offers"}


def test_a_wiped_device_keeps_nothing(system: Installation, device_of: Devices, sign_in: SignIn) -> None:  # noqa: F811
    north = device_of("sales.north")
    offer_of(north)
    ended = sign_in("admin").post(f"/v1/sync/devices/{north.store.get('device_id')}:wipe", json={})
    assert ended.status_code == 204, ended.text
    with pytest.raises(Wiped):
        north.pull()
    assert north.view.counts() == {}
    assert outgoing.waiting(north.store) == []


def test_a_copy_stands_comparison_with_the_server(device_of: Devices) -> None:
    manager = device_of("sales.manager")
    assert manager.verify().healed == []
    assert manager.store.get("mismatches", "0") == "0"


def test_a_copy_follows_through_a_restart_of_the_server(
    system: Installation,
    device_of: Devices,
    sign_in: SignIn,  # noqa: F811
) -> None:
    north = device_of("sales.north")
    party, _, _ = offer_of(north)
    settled(north)
    folder = north.store.path.parent
    stop = threading.Event()
    told: list[str] = []

    def follow() -> None:
        with Device(folder, key=KEY) as mine:
            Following(
                mine,
                tell=lambda key, values: told.append(key),
                tell_error=lambda error: told.append(error.reason),
            ).run(stop)

    def changes(**fields: str) -> None:
        answer = sign_in("sales.north").patch(f"/v1/crm/parties/{party}", json=fields)
        assert answer.status_code == 200, answer.text

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        eventually(lambda: "following" in told)
        changes(website="https://before.example")
        eventually(lambda: _website(north, party) == "https://before.example")
        system.kill("gateway")
        eventually(lambda: "SERVER_AWAY" in told)
        eventually(lambda: told[-1] == "following")
        changes(website="https://after.example")
        eventually(lambda: _website(north, party) == "https://after.example")
        north.author.edit(PARTY, party, {"notes": "typed while following"})
        eventually(lambda: not outgoing.waiting(north.store))
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
    assert sign_in("sales.north").get(f"/v1/crm/parties/{party}").json()["notes"] == "typed while following"


def _website(device: Device, party: str) -> str:
    record = device.view.record(PARTY, party)
    return str(record["website"]) if record else ""
