"""Templates that administrators write: versions, previews, rolling back, refusals with the place."""

from __future__ import annotations

from typing import Any

import pytest

from services.kit.actor import Actor
from services.kit.entities import entity
from services.kit.errors import Forbidden, Invalid, NotFound
from services.kit.prints import typesetting
from services.kit.prints.printing import Query, Wish, printer_of
from services.kit.records.claims import Decision
from tests.kit.fields.shaping import PARTY, Company, wrong
from tests.kit.prints.test_lists import listed, party, words_on
from tests.support.owners import create, delete

TEMPLATE = "crm.print_template"
GREETING = '#import "kit.typ": *\n#show: page-of\n#letterhead(d.title)\n#w.greeting #d.record.name'
TEXTS = [{"key": "greeting", "words": {"it": "Buongiorno", "nl": "Goedendag"}}]


def saved(crm: Company, source: str = GREETING, **values: Any) -> Decision:
    """Let the administrator write a template."""
    given = {"entity": PARTY, "name": "Lettera", "kind": "typst", "subject": "record", "source": source}
    return crm.one(crm.admin, {**create(TEMPLATE), "fields": {**given, "texts": TEXTS, **values}})


def made(crm: Company, source: str = GREETING, **values: Any) -> str:
    decision = saved(crm, source, **values)
    assert decision.outcome == "applied", (wrong(decision), decision.error and decision.error.violations)
    return decision.record_id


def sheet(crm: Company, actor: Actor, record_id: str, **wish: str) -> str:
    return words_on(printer_of(crm.owner).record(actor, entity(PARTY), record_id, Wish(**wish)))


def test_a_template_prints_with_the_next_request_and_asks_for_texts_by_key(
    crm: Company, seller: Actor
) -> None:
    party_id = party(crm, seller, "Rossi")
    assert "Buongiorno" not in sheet(crm, seller, party_id)
    made(crm)
    assert "Buongiorno Rossi" in sheet(crm, seller, party_id)
    # A language that only this template has texts in.
    assert "Goedendag Rossi" in sheet(crm, seller, party_id, language="nl")
    # In one that it has none in, its first text is better than none.
    assert "Buongiorno Rossi" in sheet(crm, seller, party_id, language="de")


def test_a_template_of_lists_prints_lists(crm: Company, seller: Actor) -> None:
    party(crm, seller, "Rossi")
    template_id = made(crm, '#import "kit.typ": *\nOurs: #d.rows.at(0).at(0)', subject="list", position=2)
    other = made(crm, '#import "kit.typ": *\nOthers', subject="list", position=3)
    assert "Ours: Rossi" in listed(crm, seller, Query(columns="name"))
    assert "Others" in listed(crm, seller, Query(), template_id=other)
    assert crm.change(TEMPLATE, template_id, inactive=True).outcome == "applied"
    assert "Others" in listed(crm, seller, Query(columns="name"))


def test_each_save_of_the_page_is_a_version_and_an_older_one_is_taken_up_again(
    crm: Company, seller: Actor
) -> None:
    party_id = party(crm, seller, "Rossi")
    template_id = made(crm, "first")
    for values in ({"source": "second"}, {"name": "Another name"}, {"texts": []}):
        assert crm.change(TEMPLATE, template_id, **values).outcome == "applied"
    found = printer_of(crm.owner).versions(seller, template_id)
    assert [(each.number, each.page.source) for each in found] == [(3, "second"), (2, "second"), (1, "first")]
    assert {each.made_by for each in found} == {crm.admin.user_id}
    assert "second" in sheet(crm, seller, party_id)

    assert crm.change(TEMPLATE, template_id, active_version=1).outcome == "applied"
    assert "first" in sheet(crm, seller, party_id)
    assert wrong(crm.change(TEMPLATE, template_id, active_version=4)) == [("active_version", "OUT_OF_RANGE")]
    assert crm.change(TEMPLATE, template_id, source="third").outcome == "applied"
    assert "third" in sheet(crm, seller, party_id)
    assert crm.one(crm.admin, delete(TEMPLATE, template_id)).outcome == "applied"
    assert "third" not in sheet(crm, seller, party_id)


def test_a_template_is_previewed_with_examples_with_a_record_and_as_a_picture(
    crm: Company, seller: Actor
) -> None:
    crm.define("hours", "number")
    crm.define("size", "choice", choices=[{"key": "big", "labels": {"it": "Grande"}, "retired": False}])
    template_id = made(crm, GREETING + "\n#d.record.custom.hours #d.record.custom.size #pagebreak() two")
    party_id = party(crm, seller, "Rossi")
    printer = printer_of(crm.owner)

    def preview(**more: Any) -> Any:
        given = {"number": 0, "record_id": "", "wish": Wish(), "page": 0, **more}
        return printer.preview(seller, template_id, **given)

    example, _ = preview()
    assert "1.234,5 Grande" in words_on(example)
    assert "Rossi" in words_on(preview(record_id=party_id)[0])
    picture, pages = preview(page=2)
    assert picture.content.startswith(b"\x89PNG")
    assert pages == 2
    with pytest.raises(NotFound):
        preview(number=7)
    stranger = crm.accesses.give()
    with pytest.raises(NotFound):
        printer.preview(stranger, template_id, number=0, record_id="", wish=Wish(), page=0)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("one\n#nonsense", "line 2, column 2: unknown variable: nonsense"),
        (
            '#import "kit.typ": *\n#d.record.weight',
            'line 2, column 11: dictionary does not contain key "weight"',
        ),
        ('#import "kit.typ": *\n#d.record.custom.gone', 'dictionary does not contain key "gone"'),
        ('#read("/etc/passwd")', "no such file"),
        ('#import "@preview/cetz:0.3.1"', "packages cannot be imported"),
    ],
)
def test_a_page_that_cannot_be_printed_is_not_stored(crm: Company, source: str, said: str) -> None:
    decision = saved(crm, source)
    assert decision.error is not None
    assert decision.error.reason == "TEMPLATE_REFUSED"
    (violation,) = decision.error.violations
    assert violation.field == "source"
    assert said in violation.detail
    assert crm.count("print_template") == crm.count("print_version") == 0


def test_a_page_without_an_end_is_not_stored(crm: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "MAX_SECONDS", 1)
    decision = saved(crm, "#let f(n, of) = if n > 0 { f(n - 1, of + str(n)); f(n - 1, of) }\n#f(60, str(0))")
    assert decision.error is not None
    assert [each.reason for each in decision.error.violations] == ["TEMPLATE_TOO_SLOW"]


@pytest.mark.parametrize(
    ("values", "where", "reason"),
    [
        ({"entity": "offers.offer"}, "entity", "UNKNOWN_VALUE"),
        ({"entity": TEMPLATE}, "entity", "UNKNOWN_VALUE"),
        ({"record_type": "machine"}, "record_type", "UNKNOWN_VALUE"),
        ({"entity": "crm.custom_record", "record_type": "no"}, "record_type", "UNKNOWN_VALUE"),
        ({"source": "  "}, "source", "REQUIRED"),
        ({"document": "0" * 64}, "document", "TEMPLATE_OTHER_KIND"),
        ({"kind": "docx", "source": "", "document": "0" * 64}, "document", "DOCUMENT_UNKNOWN"),
        ({"kind": "docx", "source": ""}, "document", "REQUIRED"),
        ({"texts": [TEXTS[0], TEXTS[0]]}, "texts", "NOT_UNIQUE"),
        ({"texts": [{"key": "a", "words": {"Italian": "x"}}]}, "texts[0].words", "UNKNOWN_VALUE"),
        ({"texts": [{"key": "a", "words": {"it": "x" * 2001}}]}, "texts[0].words", "TOO_LONG"),
    ],
)
def test_a_template_that_makes_no_sense_is_refused_with_its_place(
    crm: Company, values: dict[str, Any], where: str, reason: str
) -> None:
    assert wrong(saved(crm, **{"source": "x", **values})) == [(where, reason)]


def test_only_who_administers_prints_writes_templates(crm: Company, seller: Actor) -> None:
    item = {
        **create(TEMPLATE),
        "fields": {"entity": PARTY, "name": "x", "kind": "typst", "subject": "list", "source": "x"},
    }
    decision = crm.one(seller, item)
    assert decision.error is not None and decision.error.reason == "NOT_GRANTED"
    with pytest.raises(Forbidden, match="NOT_GRANTED"):
        printer_of(crm.owner).keep_document(seller, b"")


def test_another_entitys_template_prints_nothing_of_ours(crm: Company, seller: Actor) -> None:
    template_id = made(crm, "x", entity="crm.contact_point")
    with pytest.raises(Invalid, match="INVALID_REQUEST"):
        sheet(crm, seller, party(crm, seller, "Rossi"), template_id=template_id)
