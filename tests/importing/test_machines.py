"""Machines from a file: every bad line is named before anything is sent; what is sent arrives once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from typer.testing import CliRunner, Result
from uuid_utils.compat import uuid7

from gateway.importing import console
from gateway.importing.columns import MACHINES, fields_of
from gateway.importing.machines import REQUIRED, Customers, prepare
from gateway.importing.server import Server
from gateway.importing.tables import read_table
from services.aftersales.usecases.rules import RULES
from services.kit.actor import Actor
from services.kit.database import Database
from services.kit.entities import entity
from services.kit.records.owner import Owner
from services.kit.records.reading import Reader
from tests.aftersales.storage.conftest import know
from tests.support.owners import Accesses, OwnerUnderTest, create, everything

ROSSI, BIANCHI, VERDI_ONE, VERDI_TWO = (str(uuid7()) for _ in range(4))
PARTIES = [
    {"id": ROSSI, "erp_code": "C00001", "vat_number": "00159560366", "name": "Rossi S.r.l."},
    {"id": BIANCHI, "erp_code": "", "vat_number": "", "name": "Officine Bianchi"},
    {"id": VERDI_ONE, "erp_code": "C00003", "vat_number": "", "name": "Verdi"},
    {"id": VERDI_TWO, "erp_code": "C00004", "vat_number": "", "name": "Verdi"},
]
TODAY = date(2026, 11, 23)
HEADER = "Cliente;Matricola;Articolo;Descrizione;Data consegna;Collaudo;Prezzo;Garanzia;Decorrenza garanzia"
GOOD = [
    "C00001;A1;PB-40;Pressa 40 t;15/01/2024;;31.850,00;24;",
    "00159560366;A2;PB-40;Pressa 40 t;2024-02-29;2024-03-10;;12;collaudo",
    "officine bianchi;B1;PB-80;Pressa 80 t;;;48200.50;;",
]
#: Line -> (column, reason) of what is wrong with it.
BAD = {
    ";X1;PB-40;Pressa;;;;;": ("Cliente", "REQUIRED_CELL"),
    "Nessuno;X1;PB-40;Pressa;;;;;": ("Cliente", "UNKNOWN_CUSTOMER"),
    "Verdi;X1;PB-40;Pressa;;;;;": ("Cliente", "SEVERAL_CUSTOMERS"),
    "C00001;;PB-40;Pressa;;;;;": ("Matricola", "REQUIRED_CELL"),
    "C00001;X1;;;;;;;": ("Descrizione", "REQUIRED_CELL"),
    "C00001;X1;PB-40;Pressa;31/02/2024;;;;": ("Data consegna", "WRONG_DATE"),
    "C00001;X1;PB-40;Pressa;ieri;;;;": ("Data consegna", "WRONG_DATE"),
    "C00001;X1;PB-40;Pressa;15/01/0205;;;;": ("Data consegna", "DATE_IMPLAUSIBLE"),
    "C00001;X1;PB-40;Pressa;15/01/2024;14/01/2024;;;": ("Collaudo", "BEFORE_DELIVERY"),
    "C00001;X1;PB-40;Pressa;;24/11/2026;;;": ("Collaudo", "IN_THE_FUTURE"),
    "C00001;X1;PB-40;Pressa;;;31.850;;": ("Prezzo", "WRONG_NUMBER"),
    "C00001;X1;PB-40;Pressa;;;-10,00;;": ("Prezzo", "WRONG_NUMBER"),
    "C00001;X1;PB-40;Pressa;;;1e5;;": ("Prezzo", "WRONG_NUMBER"),
    "C00001;X1;PB-40;Pressa;;;١٢;;": ("Prezzo", "WRONG_NUMBER"),
    "C00001;X1;PB-40;Pressa;15/01/2024;;;due anni;": ("Garanzia", "WRONG_NUMBER"),
    "C00001;X1;PB-40;Pressa;15/01/2024;;;1201;": ("Garanzia", "WRONG_NUMBER"),
    "C00001;X1;PB-40;Pressa;15/01/2024;;;12;oggi": ("Decorrenza garanzia", "UNKNOWN_VALUE"),
    "C00001;X1;PB-40;Pressa;;;;12;": ("Data consegna", "REQUIRED_CELL"),
    f"C00001;{'x' * 101};PB-40;Pressa;;;;;": ("Matricola", "TOO_LONG"),
}


def written(folder: Path, *lines: str) -> Path:
    path = folder / "machines.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def prepared(folder: Path, *lines: str) -> Any:
    table = read_table(written(folder, *lines))
    columns = fields_of(table.headers, names=MACHINES, required=REQUIRED)
    return prepare(table.lines, columns, Customers.of(PARTIES), today=TODAY)


def test_good_lines_become_machines_with_their_warranty(tmp_path: Path) -> None:
    found = prepared(tmp_path, *GOOD)
    assert found.problems == []
    fields = [[record.fields for record in draft.records] for draft in found.drafts]
    assert [each[0]["party_id"] for each in fields] == [ROSSI, ROSSI, BIANCHI]
    assert [each[0].get("sold_price") for each in fields] == ["31850", None, "48200.5"]
    assert [each[0].get("delivered_on") for each in fields] == ["2024-01-15", "2024-02-29", None]
    assert [each[1]["terms"] for each in fields if len(each) > 1] == [
        [{"basis": "delivery", "months": 24}],
        [{"basis": "commissioning", "months": 12}],
    ]


@pytest.mark.parametrize(("line", "expected"), BAD.items(), ids=range(len(BAD)))
def test_a_bad_line_is_named_with_its_column_and_the_others_are_kept(
    tmp_path: Path, line: str, expected: tuple[str, str]
) -> None:
    found = prepared(tmp_path, GOOD[0], line, GOOD[2])
    assert expected in [(problem.column, problem.reason) for problem in found.problems]
    assert {problem.line for problem in found.problems} == {3}
    assert [draft.line for draft in found.drafts] == [2, 4]


def test_all_that_is_wrong_with_a_line_is_said_at_once(tmp_path: Path) -> None:
    found = prepared(tmp_path, "Nessuno;;;;ieri;;1e5;x;oggi")
    assert [problem.reason for problem in found.problems] == [
        "REQUIRED_CELL",
        "REQUIRED_CELL",
        "UNKNOWN_CUSTOMER",
        "WRONG_DATE",
        "WRONG_NUMBER",
        "UNKNOWN_VALUE",
    ]


def test_a_machine_that_the_file_has_twice_is_taken_once(tmp_path: Path) -> None:
    found = prepared(tmp_path, GOOD[0], GOOD[0])
    assert [(problem.line, problem.reason, problem.value) for problem in found.problems] == [
        (3, "DUPLICATE_LINE", "2")
    ]
    again, corrected = (
        prepared(tmp_path, line).drafts[0] for line in (GOOD[0], GOOD[0].replace(";24;", ";36;"))
    )
    assert again.records[0].id == corrected.records[0].id


class PlayedGateway:
    """Answers as the gateway does, with the service's own write path on PostgreSQL."""

    def __init__(self, service: OwnerUnderTest, user: Actor) -> None:
        self.service, self.user = service, user

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/v1/session":
            return httpx.Response(200, json={"access_token": "t", "user": {"id": str(self.user.user_id)}})
        if path == "/v1/crm/parties":
            return httpx.Response(200, json={"records": PARTIES, "next_page_token": ""})
        if path == "/v1/aftersales/field-definitions":
            return self._list(request, "aftersales.field_definition")
        if path == "/v1/aftersales/installed-products":
            return self._list(request, "aftersales.installed_product")
        items = orjson.loads(request.content)["items"]
        decisions = self.service.owner.apply(self.user, [orjson.dumps(item) for item in items])
        results = [
            {
                "outcome": each.outcome,
                "duplicate": each.duplicate,
                "reason": each.error.reason if each.error else "",
                "detail": each.error.detail if each.error else "",
                "violations": [{"detail": v.reason} for v in each.error.violations] if each.error else [],
            }
            for each in decisions
        ]
        return httpx.Response(200, json={"results": results})

    def _list(self, request: httpx.Request, entity_name: str) -> httpx.Response:
        records, token = Reader(self.service.owner.database).page(
            self.service.accesses.get(self.user),
            entity(entity_name),
            order_by="id",
            page_size=int(request.url.params["page_size"]),
            page_token=request.url.params["page_token"],
        )
        found = [orjson.loads(each.fragments["base"]) for each in records]
        return httpx.Response(200, json={"records": found, "next_page_token": token})


@pytest.fixture
def service(create_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnerUnderTest]:
    database = Database("aftersales", create_database("aftersales"))
    accesses = Accesses()
    made = OwnerUnderTest(Owner(database, RULES, accesses, accesses.fetch), accesses)
    for party in PARTIES:
        know(made, "crm.party", party["id"])
    user = accesses.give(*everything("service", facets=("price",)), *everything("crm", "forms"))
    transport = httpx.MockTransport(PlayedGateway(made, user))
    monkeypatch.setattr(
        console, "Server", lambda *args, **more: Server(*args, **more, transport=transport, pauses_s=())
    )
    monkeypatch.setenv("SALES_LANGUAGE", "en")
    yield made
    database.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(
        console.app, ["machines", *arguments, "--user", "manager", "--password", "right"]
    )


def test_a_dry_run_names_every_bad_line_and_writes_nothing(service: OwnerUnderTest, tmp_path: Path) -> None:
    file = written(tmp_path, *GOOD, *list(BAD)[:3])
    told = run(str(file), "--dry-run")
    assert told.exit_code == 1, told.output
    for number in (5, 6, 7):
        assert f"line {number}, Cliente" in told.output
    assert "3 lines can be imported" in told.output
    assert service.count("installed_product") == 0


def test_good_lines_are_imported_and_the_same_file_makes_nothing_twice(
    service: OwnerUnderTest, tmp_path: Path
) -> None:
    file = written(tmp_path, *GOOD, list(BAD)[1])
    first, second = run(str(file)), run(str(file))
    assert (first.exit_code, second.exit_code) == (1, 1), first.output
    assert "Imported 3, there already 0, not imported 1" in first.output
    assert "Imported 0, there already 3, not imported 1" in second.output
    assert (service.count("installed_product"), service.count("warranty")) == (3, 2)
    with service.owner.database.read() as connection:
        table = service.owner.database.tables["aftersales.warranty"]
        ends = {str(row["ends_on"]) for row in connection.execute(table.select()).mappings()}
    assert ends == {"2026-01-15", "2025-03-10"}


def test_custom_fields_of_machines_come_in_by_their_labels(service: OwnerUnderTest, tmp_path: Path) -> None:
    administrator = service.accesses.give(*everything("forms"))
    fields = {"entity": "aftersales.installed_product", "key": "hours", "kind": "number"}
    labels = {"it": "Ore di lavoro"}
    defined = create("aftersales.field_definition") | {"fields": {**fields, "labels": labels}}
    assert service.one(administrator, defined).changed
    path = tmp_path / "m.csv"
    path.write_text(
        "Cliente;Matricola;Descrizione;Ore di lavoro\nC00001;A1;Pressa;1.200,5\nC00001;A2;Pressa;x\n"
    )
    told = run(str(path))
    assert "line 3, Ore di lavoro: 'x' is no clear number" in told.output
    with service.owner.database.read() as connection:
        (stored,) = connection.exec_driver_sql("select base_json from installed_product").scalars()
    assert orjson.loads(stored)["custom"] == {"hours": "1200.5"}


def test_a_machine_that_came_by_delivery_is_not_imported_again(
    service: OwnerUnderTest, tmp_path: Path
) -> None:
    user = service.accesses.give(*everything("service", "crm"))
    delivered = create(
        "aftersales.installed_product",
        party_id=ROSSI,
        article_code="PB-40",
        serial_number="A1",
        description="Delivered",
    )
    assert service.one(user, delivered).outcome == "applied"
    told = run(str(written(tmp_path, *GOOD)))
    assert told.exit_code == 1
    assert "line 2, Matricola: this machine exists already" in told.output
    assert service.count("installed_product") == 3


def test_a_file_without_serial_numbers_is_no_list_of_machines(
    service: OwnerUnderTest, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text("Cliente;Descrizione\nC00001;Pressa\n")
    told = run(str(path))
    assert told.exit_code == 2
    assert service.count("installed_product") == 0
