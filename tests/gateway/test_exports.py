"""Files of parties over HTTP, from a CRM on PostgreSQL: read back by programs that are not ours."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import vobject
from python_calamine import CalamineWorkbook

from gateway.api import exports
from gateway.exporting import sheets
from services.crm.api import exports as crm_exports
from services.crm.api import questions
from services.crm.usecases.rules import RULES
from services.kit import rpc
from services.kit.database import Database
from services.kit.errors import Forbidden
from services.kit.permissions import Access, Grant
from services.kit.records.owner import Owner
from services.kit.records.serving import RecordsServicer, register
from tests.crm.parties import party, person, related
from tests.gateway.conftest import Client, World
from tests.support.owners import (
    NORTH,
    SOUTH,
    Accesses,
    OwnerUnderTest,
    create,
    define_fields,
    everything,
    within,
)

ADDRESS = "/v1/crm/parties:export"
SEES_ALL = everything("crm", "forms", facets=("private",))


@pytest.fixture(scope="module", autouse=True)
def _database_server(postgres_server: str) -> None:
    """Begun before any gRPC server runs here: its beginning forks, which gRPC's threads do not bear."""


@pytest.fixture
def crm(create_database: Callable[..., str], world: World) -> Iterator[OwnerUnderTest]:
    """The real one, at the address of the fake one."""
    database = Database("crm", create_database("crm"))
    accesses = Accesses()
    owner = Owner(database, RULES, accesses, accesses.fetch)

    def serve(server: rpc.Server) -> None:
        register(server, RecordsServicer(owner))
        questions.register(server, owner)

    world.crm.stop()
    running = rpc.start_server(serve, host="127.0.0.1", port=world.crm.port, threads=4)
    yield OwnerUnderTest(owner, accesses)
    running.drain(0)
    database.close()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


class Company:
    """A group of companies in two territories, with texts that are hard to carry."""

    def __init__(self, crm: OwnerUnderTest, world: World) -> None:
        self.crm, self.world = crm, world
        self._epoch = 0
        insider = crm.accesses.give(*SEES_ALL)
        define_fields(crm, power="number")
        north = {"territory_id": str(NORTH)}
        self.firm = party(
            crm,
            insider,
            name='Rossi; "Figli"\nS.r.l.',
            vat_number="00159560366",
            private_notes="secret",
            custom={"power": "5.5"},
            **north,
        )
        self.holding = party(crm, insider, name="=Holding+", country="DE", **north)
        self.anna = person(crm, insider, "Anna D'Angelo", notes="-secondo; terzo, quarto\\", **north)
        self.south = party(crm, insider, name="Sud S.p.A.", territory_id=str(SOUTH), private_notes="hidden")
        self.bruno = person(crm, insider, "Bruno Sarti", **north)
        related(crm, insider, self.anna, "works_at", self.firm, function="+Acquisti")
        related(crm, insider, self.bruno, "works_at", self.south, function="Direttore")
        items = [
            create("crm.address", party_id=self.firm, kind="legal", street="Via Roma, 1", city="Schio"),
            create("crm.address", party_id=self.firm, kind="site", city="Thiene"),
            create("crm.address", party_id=self.south, kind="legal", city="Bari"),
            create("crm.contact_point", party_id=self.firm, kind="email", value="info@rossi.it"),
            create("crm.contact_point", party_id=self.firm, kind="phone", value="0445 123456"),
            create("crm.contact_point", party_id=self.anna, kind="mobile", value="333 1234567"),
            create("crm.contact_point", party_id=self.south, kind="email", value="sud@sud.it"),
        ]
        assert {each.outcome for each in crm.apply(insider, *items)} == {"applied"}
        world.identity.put("identity.territory", str(NORTH), code="NORD")
        world.identity.put("identity.user", str(insider.user_id), user_name="insider")
        self.may(*SEES_ALL)

    def may(self, *grants: Grant) -> None:
        """Let the user who asks have these grants."""
        self._epoch += 1
        user_id = self.world.identity.user_id
        self.crm.accesses.known[user_id] = Access(user_id=user_id, epoch=self._epoch, grants=grants)


@pytest.fixture
def company(crm: OwnerUnderTest, world: World) -> Company:
    return Company(crm, world)


def lines(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";"))


async def test_a_party_stands_in_one_line_with_what_belongs_to_it(
    client: Client, company: Company, temporary: Path
) -> None:
    query = "format=csv&order_by=name%20desc"
    answer = await client("GET", f"{ADDRESS}?{query}", headers={"Accept-Language": "it"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''clienti.csv"
    assert "private" in answer.headers["cache-control"]
    found = lines(answer)
    names = ["Sud S.p.A.", 'Rossi; "Figli"\nS.r.l.', "Bruno Sarti", "Anna D'Angelo", "'=Holding+"]
    assert [row["name"] for row in found] == names
    _, firm, _, anna, holding = found
    asked = ("id", "street", "city", "email", "phone", "territory", "owner", "custom.power")
    assert [firm[name] for name in asked] == [
        company.firm,
        "Via Roma, 1",
        "Schio",
        "info@rossi.it",
        "'+390445123456",
        "NORD",
        "insider",
        "5.5",
    ]
    assert (anna["employer"], anna["function"], anna["mobile"]) == (
        'Rossi; "Figli"\nS.r.l.',
        "'+Acquisti",
        "'+393331234567",
    )
    assert (holding["city"], holding["email"], holding["employer"]) == ("", "", "")
    # A facet is in no file of somebody who did not name it.
    assert "secret" not in answer.text
    assert list(temporary.iterdir()) == []


async def test_a_workbook_and_cards_hold_the_same(client: Client, company: Company) -> None:
    table = lines(await client("GET", f"{ADDRESS}?format=csv&filter=country%20%3D%20IT&search=rossi"))
    answer = await client("GET", f"{ADDRESS}?format=xlsx&filter=country%20%3D%20IT&search=rossi")
    header, *rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    )
    (row,) = [dict(zip(map(str, header), map(str, row), strict=True)) for row in rows]
    assert row == {**table[0], "phone": "+390445123456"}
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())

    answer = await client("GET", f"{ADDRESS}?format=vcf&order_by=name")
    cards = {card.fn.value: card for card in vobject.readComponents(answer.content.decode())}
    assert set(cards) == {"=Holding+", "Anna D'Angelo", "Bruno Sarti", 'Rossi; "Figli"\nS.r.l.', "Sud S.p.A."}
    firm, anna = cards['Rossi; "Figli"\nS.r.l.'], cards["Anna D'Angelo"]
    assert (firm.uid.value, firm.email.value, firm.tel.value) == (
        company.firm,
        "info@rossi.it",
        "+390445123456",
    )
    assert (firm.adr.value.street, firm.adr.value.city) == ("Via Roma, 1", "Schio")
    assert (anna.n.value.family, anna.note.value) == ("D'Angelo", "-secondo; terzo, quarto\\")


async def test_a_file_holds_what_its_reader_may_see(client: Client, company: Company, world: World) -> None:
    company.may(within(NORTH), *everything("forms"))
    everywhere = await client(
        "GET", f"{ADDRESS}?format=csv&order_by=name&columns=name,city,email,employer,private_notes"
    )
    assert [tuple(row.values()) for row in lines(everywhere)] == [
        ("'=Holding+", "", "", "", ""),
        ("Anna D'Angelo", "", "", 'Rossi; "Figli"\nS.r.l.', ""),
        # For whom he works is not the reader's to know.
        ("Bruno Sarti", "", "", "", ""),
        ('Rossi; "Figli"\nS.r.l.', "Schio", "info@rossi.it", "", ""),
    ]
    company.may(within(SOUTH, facets=("private",)), *everything("forms"))
    south = await client("GET", f"{ADDRESS}?format=csv&columns=name,private_notes,email")
    assert [tuple(row.values()) for row in lines(south)] == [("Sud S.p.A.", "hidden", "sud@sud.it")]

    world.identity.fails_with = lambda method: Forbidden("NOT_GRANTED") if method == "List" else None
    assert [
        (row["owner"], row["territory"]) for row in lines(await client("GET", f"{ADDRESS}?format=csv"))
    ] == [("", "")]


@pytest.mark.parametrize("format_", ["csv", "xlsx", "vcf"])
async def test_who_may_see_no_party_learns_nothing(
    client: Client, company: Company, format_: str, temporary: Path
) -> None:
    company.may(*everything("offers", "forms"))
    for headers, status, reason in (({}, 403, "NOT_GRANTED"), ({"Authorization": ""}, 401, "TOKEN_INVALID")):
        answer = await client("GET", f"{ADDRESS}?format={format_}", headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (status, reason)
        assert "Rossi" not in answer.text
    company.may(within(SOUTH), *everything("forms"))
    private = await client("GET", f"{ADDRESS}?format={format_}&filter={quote('private_notes : hidden')}")
    assert (private.status_code, private.json()["reason"]) == (403, "FACET_NOT_GRANTED")
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("query", "reason", "place"),
    [
        ("", "INVALID_PARAMETERS", ("format", "REQUIRED")),
        ("format=pdf", "INVALID_PARAMETERS", ("format", "UNKNOWN_VALUE")),
        ("format=CSV", "INVALID_PARAMETERS", ("format", "UNKNOWN_VALUE")),
        ("format=csv&format=xlsx", "INVALID_PARAMETERS", ("format", "REPEATED_PARAMETER")),
        ("format=csv&page_size=10", "INVALID_PARAMETERS", ("page_size", "UNKNOWN_PARAMETER")),
        ("format=csv&columns=name,colour", "INVALID_PARAMETERS", ("columns", "UNKNOWN_FIELD")),
        ("format=csv&columns=" + "x" * 2001, "INVALID_PARAMETERS", ("columns", "TOO_LONG")),
        ("format=csv&filter=colour%20%3D%20red", "INVALID_QUERY", ("filter", "UNKNOWN_FIELD")),
        ("format=csv&filter=nonsense", "INVALID_QUERY", ("filter", "SYNTAX")),
        ("format=csv&order_by=roles", "INVALID_QUERY", ("order_by", "UNKNOWN_FIELD")),
    ],
)
async def test_a_question_that_makes_no_sense_names_what_is_wrong(
    client: Client, company: Company, temporary: Path, query: str, reason: str, place: tuple[str, str]
) -> None:
    answer = await client("GET", f"{ADDRESS}?{query}")
    (violation,) = answer.json()["violations"]
    assert (answer.status_code, answer.json()["reason"]) == (400, reason)
    assert (violation["field"], violation["reason"]) == place
    assert list(temporary.iterdir()) == []


async def test_a_format_that_nobody_has_is_told_with_those_that_there_are(
    client: Client, company: Company
) -> None:
    answer = await client("GET", f"{ADDRESS}?format=pdf", headers={"Accept-Language": "it"})
    (violation,) = answer.json()["violations"]
    assert violation["detail"] == "Valore non previsto."
    assert violation["hint"] == "one of csv, xlsx, vcf"


async def test_it_is_asked_once_a_page_and_no_more_than_a_file_may_hold(
    client: Client, company: Company, monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    asked: list[int] = []

    def counted(reader: Any, access: Any, party_ids: Any) -> Any:
        asked.append(len(party_ids))
        return crm_exports_belongings(reader, access, party_ids)

    crm_exports_belongings = crm_exports.belongings
    monkeypatch.setattr(crm_exports, "belongings", counted)
    monkeypatch.setattr(exports, "LARGEST_PAGE", 2)
    monkeypatch.setattr(exports, "MOST_PARTIES", 5)
    whole = lines(await client("GET", f"{ADDRESS}?format=csv"))
    assert (len(whole), asked) == (5, [2, 2, 1])
    assert {row["name"]: row["city"] for row in whole}["Sud S.p.A."] == "Bari"

    monkeypatch.setattr(exports, "MOST_PARTIES", 4)
    answer = await client("GET", f"{ADDRESS}?format=csv", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["reason"]) == (400, "EXPORT_TOO_LARGE")
    assert "at most 4 parties" in answer.json()["detail"]
    assert asked == [2, 2, 1]  # too much is told before any work
    assert list(temporary.iterdir()) == []


async def test_nobody_is_an_empty_file(client: Client, company: Company) -> None:
    assert lines(await client("GET", f"{ADDRESS}?format=csv&search=nobody")) == []
    assert (await client("GET", f"{ADDRESS}?format=vcf&search=nobody")).content == b""


async def test_what_a_cell_cannot_hold_is_told(
    client: Client, company: Company, monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    monkeypatch.setattr(sheets, "LONGEST_CELL", 20)
    answer = await client("GET", f"{ADDRESS}?format=xlsx")
    assert (answer.status_code, answer.json()["reason"]) == (400, "EXPORT_TEXT_TOO_LONG")
    assert list(temporary.iterdir()) == []
