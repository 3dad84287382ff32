"""An import against the CRM's own write path on PostgreSQL; only HTTP is played."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from typer.testing import CliRunner, Result

from gateway.importing import console
from gateway.importing.server import Server
from services.crm.usecases.rules import RULES
from services.kit.actor import Actor
from services.kit.database import Database
from services.kit.entities import Entity, entities_of, joined
from services.kit.errors import NotAllowedNow, SalesError
from services.kit.records.owner import Owner
from services.kit.records.reading import Reader
from services.kit.records.rules import Rules
from tests.importing.dirty import vat_number, write_customers
from tests.support.owners import Accesses, OwnerUnderTest, create, everything

_COLLECTIONS = {each.collection: each for each in entities_of("crm")}


class PlayedGateway:
    """Answers as the gateway does; `fails` says how many calls are lost after they were applied."""

    def __init__(self, crm: OwnerUnderTest, user: Actor) -> None:
        self.crm = crm
        self.user = user
        self.fails = 0
        self.calls = 0
        #: Collection of identity -> its records.
        self.directory: dict[str, list[dict[str, str]]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/session":
            return self._session(request)
        if request.url.path.startswith("/v1/identity/"):
            records = self.directory.get(request.url.path.rpartition("/")[2], [])
            return httpx.Response(200, json={"records": records, "next_page_token": ""})
        collection = request.url.path.removeprefix("/v1/crm/")
        if collection in _COLLECTIONS:
            return self._list(request, _COLLECTIONS[collection])
        assert request.url.path == "/v1/changes"
        self.calls += 1
        items = orjson.loads(request.content)["items"]
        assert len(items) <= 1000
        decisions = self.crm.owner.apply(self.user, [orjson.dumps(item) for item in items])
        if self.fails:
            self.fails -= 1
            raise httpx.ReadTimeout("the answer is lost")
        return httpx.Response(200, json={"results": [self._result(each) for each in decisions]})

    def _session(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            return httpx.Response(204)
        if orjson.loads(request.content)["password"] != "right":
            return httpx.Response(401, json={"reason": "WRONG_CREDENTIALS"})
        return httpx.Response(200, json={"access_token": "t", "user": {"id": str(self.user.user_id)}})

    def _list(self, request: httpx.Request, listed: Entity) -> httpx.Response:
        asked = request.url.params
        try:
            records, token = Reader(self.crm.owner.database).page(
                self.crm.accesses.get(self.user),
                listed,
                search=asked.get("search", ""),
                filter_text=asked.get("filter", ""),
                order_by="id",
                page_size=int(asked["page_size"]),
                page_token=asked["page_token"],
            )
        except SalesError as error:
            return httpx.Response(400, json={"reason": error.reason})
        found = [
            reduce(joined, map(orjson.loads, each.fragments.values()), dict[str, Any]()) for each in records
        ]
        return httpx.Response(200, json={"records": found, "next_page_token": token})

    def _result(self, decision: Any) -> dict[str, Any]:
        error = decision.error
        return {
            "outcome": decision.outcome,
            "duplicate": decision.duplicate,
            "reason": error.reason if error else "",
            "detail": error.detail if error else "",
            "violations": [{"field": v.field, "detail": v.detail} for v in error.violations] if error else [],
        }


@pytest.fixture
def gateway(create_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayedGateway]:
    database = Database("crm", create_database("crm"))
    accesses = Accesses()
    crm = OwnerUnderTest(Owner(database, RULES, accesses, accesses.fetch), accesses)
    # Whoever has any role may read what administrators have defined.
    played = PlayedGateway(crm, accesses.give(*everything("crm", "forms")))

    def connected(*args: Any, **options: Any) -> Server:
        return Server(*args, **options, transport=httpx.MockTransport(played), pauses_s=(0.01, 0.01))

    monkeypatch.setattr(console, "Server", connected)
    monkeypatch.setenv("SALES_LANGUAGE", "en")
    yield played
    database.close()


def run(path: Path, *options: str, password: str = "right") -> Result:
    return CliRunner().invoke(console.app, ["parties", str(path), "--password", password, *options])


def records(gateway: PlayedGateway) -> tuple[int, int, int]:
    return tuple(gateway.crm.count(name) for name in ("party", "address", "contact_point"))  # type: ignore[return-value]


def test_a_file_is_imported_in_a_few_calls_with_its_addresses_and_contacts(
    gateway: PlayedGateway, tmp_path: Path
) -> None:
    write_customers(tmp_path / "c.csv", 500)
    result = run(tmp_path / "c.csv")
    assert (result.exit_code, records(gateway)) == (0, (500, 500, 1000)), result.output
    assert gateway.calls == 3
    assert "Imported 500, there already 0, not imported 0" in result.output


def test_the_same_file_twice_makes_nothing_new(gateway: PlayedGateway, tmp_path: Path) -> None:
    write_customers(tmp_path / "c.csv", 300)
    run(tmp_path / "c.csv")
    before = gateway.crm.count("outbox")
    result = run(tmp_path / "c.csv")
    assert "Imported 0, there already 300, not imported 0" in result.output
    assert (records(gateway), gateway.crm.count("outbox")) == ((300, 300, 600), before)


def test_a_longer_file_adds_what_is_new(gateway: PlayedGateway, tmp_path: Path) -> None:
    write_customers(tmp_path / "c.csv", 300)
    run(tmp_path / "c.csv")
    write_customers(tmp_path / "c.csv", 420)
    assert "Imported 120, there already 300, not imported 0" in run(tmp_path / "c.csv").output


def test_a_corrected_line_of_a_party_that_is_there_changes_nothing(
    gateway: PlayedGateway, tmp_path: Path
) -> None:
    (tmp_path / "c.csv").write_text("name;vat_number\nRossi;00159560366\nNeri;\n")
    run(tmp_path / "c.csv")
    (tmp_path / "c.csv").write_text("name;vat_number\nRossi S.p.A.;00159560366\nNeri;\nVerdi;\n")
    assert "Imported 1, there already 2, not imported 0" in run(tmp_path / "c.csv").output


def test_another_user_s_import_of_the_same_file_makes_nothing_new(
    gateway: PlayedGateway, tmp_path: Path
) -> None:
    write_customers(tmp_path / "c.csv", 20)
    run(tmp_path / "c.csv")
    gateway.user = gateway.crm.accesses.give(*everything("crm", "forms"))
    assert "Imported 0, there already 20, not imported 0" in run(tmp_path / "c.csv").output


def test_a_dry_run_names_every_bad_line_and_writes_nothing(gateway: PlayedGateway, tmp_path: Path) -> None:
    existing = create("crm.party", name="Già cliente", vat_number=vat_number(7))
    gateway.crm.one(gateway.user, existing)
    write_customers(tmp_path / "c.csv", 10)
    with (tmp_path / "c.csv").open("a", encoding="cp1252") as file:
        file.write(f";{vat_number(50)};;;;;;\nBad;123;;;;;;\nAgain;{vat_number(3)};;;;;;\n")
    before = records(gateway), gateway.crm.count("change_claim")
    result = run(tmp_path / "c.csv", "--dry-run")
    assert result.exit_code == 1
    assert "9 lines can be imported (0 are there already), 4 cannot" in result.output
    for said in (
        "line 8, Partita IVA: a party with this VAT number exists already",
        "line 12, Ragione sociale: the name is missing",
        "line 13, Partita IVA: The VAT number is not correct",
        "line 14, Partita IVA: the same as line 4",
    ):
        assert said in result.output
    assert (records(gateway), gateway.crm.count("change_claim")) == before


def test_the_error_file_is_corrected_and_imported(gateway: PlayedGateway, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("Ragione sociale;Partita IVA\nRossi;00159560366\nBianchi;12\n")
    result = run(tmp_path / "c.csv")
    assert (result.exit_code, records(gateway)[0]) == (1, 1)
    errors = tmp_path / "c.errors.csv"
    with errors.open(encoding="utf-8-sig") as file:
        header, line = csv.reader(file, delimiter=";")
    assert header == ["line", "reason", "Ragione sociale", "Partita IVA"]
    assert (line[0], line[2:]) == ("3", ["Bianchi", "12"])
    errors.write_text(errors.read_text(encoding="utf-8-sig").replace(";12", f";{vat_number(9)}"))
    assert run(errors).exit_code == 0
    assert records(gateway)[0] == 2


def test_one_line_that_the_server_refuses_does_not_hold_the_others(
    gateway: PlayedGateway, tmp_path: Path
) -> None:
    write_customers(tmp_path / "c.csv", 30)
    with (tmp_path / "c.csv").open("a", encoding="cp1252") as file:
        file.write("Refused;;Via Roma;;;;;;\n")
    rules = gateway.crm.owner.rules
    stored = rules.entities["crm.party"].prepare

    def refuse(uow: Any, row: Any) -> None:
        if row.values["name"] == "Refused":
            raise NotAllowedNow("WRONG_STATE", "not today")
        assert stored is not None
        stored(uow, row)

    changed = {**rules.entities, "crm.party": replace(rules.entities["crm.party"], prepare=refuse)}
    gateway.crm.owner = replace(gateway.crm.owner, rules=Rules(changed, rules.commands))
    result = run(tmp_path / "c.csv")
    assert result.exit_code == 1
    assert "Imported 30, there already 0, not imported 1" in result.output
    assert "line 32: refused by the server: not today" in result.output
    again = run(tmp_path / "c.csv")
    assert "Imported 0, there already 30, not imported 1" in again.output


def test_a_lost_answer_is_asked_for_again_and_nothing_is_made_twice(
    gateway: PlayedGateway, tmp_path: Path
) -> None:
    write_customers(tmp_path / "c.csv", 300)
    gateway.fails = 1
    result = run(tmp_path / "c.csv")
    assert (result.exit_code, records(gateway)[0]) == (0, 300)


def test_an_import_that_was_stopped_goes_on_where_it_was(gateway: PlayedGateway, tmp_path: Path) -> None:
    write_customers(tmp_path / "c.csv", 700)
    gateway.fails = 1000
    stopped = run(tmp_path / "c.csv")
    assert stopped.exit_code == 2
    assert "The server does not answer" in stopped.output
    gateway.fails = 0
    result = run(tmp_path / "c.csv")
    assert (result.exit_code, records(gateway)) == (0, (700, 700, 1400))


def test_a_wrong_password_stops_at_once(gateway: PlayedGateway, tmp_path: Path) -> None:
    write_customers(tmp_path / "c.csv", 3)
    result = run(tmp_path / "c.csv", password="wrong")
    assert (result.exit_code, gateway.calls) == (2, 0)
