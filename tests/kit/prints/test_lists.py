"""Lists and sheets on paper: what their reader may see, in any language of print."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pypdf
import pytest

from services.kit.actor import Actor
from services.kit.entities import entity
from services.kit.errors import Forbidden, Invalid, NotAllowedNow, NotFound
from services.kit.prints import printing
from services.kit.prints.printing import Query, Wish, printer_of
from services.kit.prints.rendering import File
from services.kit.prints.words import languages
from tests.kit.fields.shaping import PARTY, Company, wrong
from tests.support.owners import NORTH, SOUTH, create, everything, within


def words_on(found: File) -> str:
    """The text of all pages, each run of blanks one space."""
    pages = pypdf.PdfReader(io.BytesIO(found.content)).pages
    return re.sub(r"\s+", " ", "\n".join(page.extract_text() for page in pages))


def listed(crm: Company, actor: Actor, query: Query, name: str = PARTY, **wish: str) -> str:
    return words_on(printer_of(crm.owner).listed(actor, entity(name), query, Wish(**wish)))


def party(crm: Company, actor: Actor, name: str, **fields: object) -> str:
    made = crm.one(actor, create(PARTY, name=name, **fields))
    assert made.outcome == "applied", wrong(made)
    return made.record_id


def test_a_list_has_letterhead_labels_rows_and_sums_in_the_language_of_print(
    crm: Company, seller: Actor
) -> None:
    crm.define("hours", "number", labels={"it": "Ore di piega", "de": "Biegestunden"})
    crm.define("budget", "money", labels={"it": "Budget"})
    for name, hours, amount in (
        ("Rossi", "1480.5", "10.00"),
        ("Verdi", "20", "5.50"),
        ("Bianchi", None, None),
    ):
        custom = (
            {} if hours is None else {"hours": hours, "budget": f'{{"amount":"{amount}","currency":"EUR"}}'}
        )
        party(crm, seller, name, country="IT", custom=custom)
    query = Query(order_by="name", columns="name,state,custom.hours,custom.budget", title="Clienti")

    italian = listed(crm, seller, query)
    for expected in ("Officine Orobiche S.p.A.", "Clienti", "Ragione sociale", "Ore di piega", "Potenziale"):
        assert expected in italian, expected
    assert "1.480,5" in italian and "1.500,5" in italian and "15,50 EUR" in italian
    assert italian.index("Bianchi") < italian.index("Rossi") < italian.index("Verdi")

    german = listed(crm, seller, query, language="de")
    assert "Biegestunden" in german and "Interessent" in german and "Summe" in german
    assert "1,500.5" in listed(crm, seller, query, language="en")
    assert "Totale" not in listed(crm, seller, Query(columns="name,custom.hours", totals="none"))


def test_every_language_of_print_has_every_word() -> None:
    import json

    folders = [Path("services/kit/prints/languages"), *Path("services").glob("*/reports/languages")]
    folders.append(Path("gateway/identity/reports/languages"))
    assert languages() == ["de", "en", "es", "fr", "it"]
    for folder in folders:
        told = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
        assert {"it", "en"} <= set(told) <= set(languages())
        for part in ("words", "fields", "entities", "one", "values"):
            keys = {language: set(each.get(part, {})) for language, each in told.items()}
            assert keys["it"] == keys["en"], (folder, part)
            assert all(each <= keys["en"] for each in keys.values()), "English stands in for what is absent"
            assert part != "words" or all(each == keys["en"] for each in keys.values()), folder
            assert all(text.strip() for each in told.values() for text in each.get(part, {}).values())


def test_a_print_shows_only_what_its_reader_may_see(crm: Company, seller: Actor) -> None:
    crm.define("margin", "number", facet="cost", labels={"it": "Margine"})
    manager = crm.accesses.give(*everything("crm", facets=("cost",)))
    northern = crm.accesses.give(within(NORTH))
    party(crm, manager, "Rossi", territory_id=str(NORTH), custom={"margin": "77"})
    southern = party(crm, manager, "Verdi", territory_id=str(SOUTH))

    assert "77" in listed(crm, manager, Query(columns="name,custom.margin"))
    assert "Margine" not in listed(crm, seller, Query())
    north = listed(crm, northern, Query(columns="name"))
    assert "Rossi" in north and "Verdi" not in north
    with pytest.raises(NotFound):
        printer_of(crm.owner).record(northern, entity(PARTY), southern, Wish())
    with pytest.raises(Invalid, match="INVALID_REQUEST"):
        listed(crm, seller, Query(columns="name,custom.margin"))
    with pytest.raises(Forbidden, match="FACET_NOT_GRANTED"):
        listed(crm, seller, Query(columns="name,private_notes"))
    with pytest.raises(Forbidden, match="NOT_GRANTED"):
        listed(crm, crm.accesses.give(*everything("prints")), Query())


@pytest.mark.parametrize(
    ("query", "wish", "where"),
    [
        (Query(columns="nothing"), Wish(), "columns"),
        (Query(columns=",".join(["name"] * 21)), Wish(), "columns"),
        (Query(columns="name", totals="name"), Wish(), "totals"),
        (Query(), Wish(language="xx"), "language"),
        (Query(), Wish(language="../../../etc/passwd"), "language"),
        (Query(), Wish(company_id="0190a6c2-0000-7000-8000-000000000009"), "company_id"),
        (Query(), Wish(template_id="0190a6c2-0000-7000-8000-000000000009"), "template_id"),
        (Query(filter_text="nothing = 1"), Wish(), "filter"),
    ],
)
def test_a_wrong_question_is_refused_with_its_place(
    crm: Company, seller: Actor, query: Query, wish: Wish, where: str
) -> None:
    with pytest.raises(Invalid) as caught:
        printer_of(crm.owner).listed(seller, entity(PARTY), query, wish)
    assert [each.field for each in caught.value.violations] == [where]


def test_a_list_that_is_too_long_says_what_to_do(
    crm: Company, seller: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "MAX_ROWS", 1)
    for name in ("Rossi", "Verdi"):
        party(crm, seller, name)
    with pytest.raises(NotAllowedNow, match="TOO_MANY_ROWS"):
        listed(crm, seller, Query())
    assert "Rossi" in listed(crm, seller, Query(filter_text="name = Rossi"))


def test_a_sheet_shows_a_record_by_its_form_and_what_stands_under_it(crm: Company, seller: Actor) -> None:
    crm.define(
        "sector",
        "choice",
        labels={"it": "Settore"},
        choices=[{"key": "wood", "labels": {"it": "Legno"}, "retired": False}],
    )
    party_id = party(crm, seller, "Rossi <b>#x", country="IT", custom={"sector": '"wood"'})
    for value in ("info@rossi.example", "vendite@rossi.example"):
        made = crm.one(seller, create("crm.contact_point", party_id=party_id, kind="email", value=value))
        assert made.outcome == "applied", wrong(made)
    type_ = crm.one(
        crm.admin,
        {
            **create("crm.record_type"),
            "fields": {"key": "machine", "parent_entity": PARTY, "labels": {"it": "Macchine altrui"}},
        },
    )
    assert type_.outcome == "applied", wrong(type_)
    other = create("crm.custom_record", type="machine", parent_id=party_id, name="Norlam 3000")
    assert crm.one(seller, other).outcome == "applied"

    text = words_on(printer_of(crm.owner).record(seller, entity(PARTY), party_id, Wish()))
    for expected in (
        "Rossi <b>#x",
        "Settore",
        "Legno",
        "Recapiti",
        "info@rossi.example",
        "Macchine altrui",
        "Norlam 3000",
        "Officine Orobiche",
    ):
        assert expected in text, expected
    assert "private" not in text
