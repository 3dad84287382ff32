"""What administrators and users shape, written to do harm: refused with place and remedy, nothing changed.

One table: where it comes in, what comes, the place that the refusal names, its reason, and words of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import uuid4

import pytest
import sqlalchemy as sa

from services.crm.usecases.rules import RULES
from services.kit.database import Database
from services.kit.errors import Forbidden, Invalid, SalesError
from services.kit.prints import typesetting
from services.kit.prints.printing import printer_of
from services.kit.records.owner import Owner
from services.kit.reports import running
from tests.kit.fields.shaping import PARTY, Company
from tests.kit.prints.test_documents import EXTERNAL, RELATIONS, document
from tests.kit.reports.counting import report
from tests.support.owners import Accesses, create, everything

FIELD, FORM, TYPE = "crm.field_definition", "crm.form_layout", "crm.record_type"
REPORT, DASHBOARD, TEMPLATE = "crm.report", "crm.dashboard", "crm.print_template"
#: Where decisions about changes are kept, refusals too; everything else stays as it is.
_DECISIONS: Final = ("change_claim", "parked_change")

Case = tuple[str, dict[str, Any], str, str, str]


@pytest.fixture(scope="module")
def crm(create_worker_database: Callable[..., str]) -> Iterator[Company]:
    """One company for all: nothing that is refused leaves a trace."""
    database = Database("crm", create_worker_database("crm"))
    accesses = Accesses()
    company = Company(Owner(database, RULES, accesses, accesses.fetch, lambda _: []), accesses)
    company.admin = accesses.give(*everything("crm", "forms", "prints", "reports", "crm_setup"))
    company.define("margin", "number", facet="cost")
    company.define("sum", "formula", formula="1 + 1")
    company.define("words", "text")
    yield company
    database.close()


def contents(crm: Company) -> dict[str, str | None]:
    """Return a mark of what each table holds."""
    mark = "select '{0}', md5(string_agg(t::text, ',' order by t::text)) from \"{0}\" t"
    with crm.owner.database.read() as connection:
        names = set(sa.inspect(connection).get_table_names()) - set(_DECISIONS)
        statement = " union all ".join(mark.format(name) for name in sorted(names))
        return {str(name): found for name, found in connection.exec_driver_sql(statement)}


def field(**values: Any) -> dict[str, Any]:
    return {"entity": PARTY, "key": "k", "kind": "text", "labels": {"it": "K"}, **values}


def formula(text: str) -> dict[str, Any]:
    return field(kind="formula", formula=text)


def choices(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"key": f"c{number}", "labels": {"it": "x"}, **more} for number in range(count)]


def form(**values: Any) -> dict[str, Any]:
    one = {"name": "name", **values}
    return {"entity": PARTY, "name": "F", "sections": [{"key": "s", "labels": {"it": "S"}, "fields": [one]}]}


def record_type(**values: Any) -> dict[str, Any]:
    return {"key": "k", "parent_entity": PARTY, "labels": {"it": "K"}, **values}


def kept(**definition: Any) -> dict[str, Any]:
    return {"names": {"it": "R"}, "definition": {"source": "crm.opportunity", **definition}}


def chart(specification: str) -> dict[str, Any]:
    return kept(chart={"kind": "own", "specification": specification})


def dashboard(**tile: Any) -> dict[str, Any]:
    whole = {"service": "crm", "report_id": str(uuid4()), "x": 0, "y": 0, "w": 6, "h": 3, **tile}
    return {"names": {"it": "D"}, "tiles": [whole]}


def template(source: str, **values: Any) -> dict[str, Any]:
    fixed = {"entity": PARTY, "name": "T", "kind": "typst", "subject": "record", "source": source}
    return {**fixed, **values}


ENDLESS: Final = "template without end"
IN: Final = "sections[0].fields[0]"
CASES: Final[dict[str, Case]] = {
    # Formulas: too deep, too long, too large, circles, ways out of the language.
    "formula too deep": (
        FIELD,
        formula("(" * 150 + "1" + ")" * 150),
        "formula",
        "EXPRESSION_TOO_DEEP",
        "column",
    ),
    "formula of functions": (
        FIELD,
        formula("first(" * 90 + "1" + ")" * 90),
        "formula",
        "EXPRESSION_TOO_DEEP",
        "at most 25",
    ),
    "formula too long": (
        FIELD,
        formula("1+" * 700 + "1"),
        "formula",
        "EXPRESSION_TOO_LONG",
        "at most 400 words",
    ),
    "formula of a megabyte": (
        FIELD,
        formula('"' + "x" * 1_000_000 + '"'),
        "formula",
        "EXPRESSION_TOO_LONG",
        "at most",
    ),
    "number too large": (FIELD, formula("9" * 19), "formula", "EXPRESSION_NUMBER", "column 1"),
    "formula of itself": (FIELD, formula("custom.k + 1"), "formula", "EXPRESSION_NAME_UNKNOWN", "custom.k"),
    "formula of a formula": (
        FIELD,
        formula("custom.sum + 1"),
        "formula",
        "EXPRESSION_NAME_UNKNOWN",
        "custom.sum",
    ),
    "formula that imports": (
        FIELD,
        formula("__import__(name)"),
        "formula",
        "EXPRESSION_FUNCTION_UNKNOWN",
        "column 1",
    ),
    "formula with a way out": (FIELD, formula("().__class__"), "formula", "EXPRESSION_SYNTAX", "column"),
    "formula of SQL": (FIELD, formula("1; drop table party"), "formula", "EXPRESSION_SYNTAX", "`; drop"),
    "formula of a secret": (
        FIELD,
        formula("custom.margin * 2"),
        "formula",
        "FACET_LEAKS",
        "give this field its facet",
    ),
    # Fields: names, patterns, choices, bounds.
    "key of Python": (FIELD, field(key="__class__"), "key", "STRING_PATTERN", "match"),
    "key of JavaScript": (FIELD, field(key="__proto__"), "key", "STRING_PATTERN", "match"),
    "key with a dot": (FIELD, field(key="custom.k"), "key", "STRING_PATTERN", "match"),
    "key too long": (FIELD, field(key="k" * 41), "key", "STRING_PATTERN", "match"),
    "key of another script": (FIELD, field(key="кey"), "key", "STRING_PATTERN", "match"),
    "nested repetitions": (
        FIELD,
        field(pattern="(a+)+$"),
        "pattern",
        "PATTERN_SYNTAX",
        "write \\ before a sign",
    ),
    "reference in a pattern": (
        FIELD,
        field(pattern=r"(a)\1"),
        "pattern",
        "PATTERN_SYNTAX",
        "write \\ before a sign",
    ),
    "repetitions by the thousand": (
        FIELD,
        field(pattern="a{999}" * 9),
        "pattern",
        "PATTERN_TOO_LONG",
        "at most",
    ),
    "choices by the thousand": (
        FIELD,
        field(kind="choice", choices=choices(501)),
        "choices",
        "TOO_MANY",
        "500",
    ),
    "no choices": (FIELD, field(kind="choice"), "choices", "REQUIRED", "at least one"),
    "label of a megabyte": (
        FIELD,
        field(labels={"it": "x" * 1_000_000}),
        "labels",
        "TOO_LONG",
        "at most 200",
    ),
    "default of a megabyte": (
        FIELD,
        field(default_value='"' + "x" * 9000 + '"'),
        "default_value",
        "TOO_LONG",
        "5000",
    ),
    "link to definitions": (
        FIELD,
        field(kind="link", links_to=FIELD),
        "links_to",
        "UNKNOWN_VALUE",
        "crm.party",
    ),
    "field of a definition": (FIELD, field(entity=FIELD), "entity", "UNKNOWN_VALUE", "an entity of crm"),
    "field of another's records": (
        FIELD,
        field(entity="offers.offer"),
        "entity",
        "UNKNOWN_VALUE",
        "an entity of crm",
    ),
    # Forms.
    "rule that never ends": (FORM, form(visible="(" * 300), f"{IN}.visible", "EXPRESSION_TOO_DEEP", "column"),
    "rule of a secret": (
        FORM,
        form(required="custom.margin > 1"),
        f"{IN}.required",
        "FACET_LEAKS",
        "not seen",
    ),
    "rule that computes": (
        FORM,
        form(read_only="1 + 1"),
        f"{IN}.read_only",
        "EXPRESSION_TYPE",
        "yes or no is wanted",
    ),
    "form of unknown fields": (FORM, form(name="password"), f"{IN}.name", "UNKNOWN_FIELD", "custom.<key>"),
    "form of sections by the hundred": (
        FORM,
        {**form(), "sections": [{"key": f"s{n}", "fields": []} for n in range(51)]},
        "sections",
        "TOO_MANY",
        "50",
    ),
    # Record types.
    "type under another's records": (
        TYPE,
        record_type(parent_entity="offers.offer"),
        "parent_entity",
        "UNKNOWN_VALUE",
        "crm.party",
    ),
    "type under itself": (
        TYPE,
        record_type(parent_entity="crm.custom_record"),
        "parent_entity",
        "UNKNOWN_VALUE",
        "crm.party",
    ),
    "type with a way out": (TYPE, record_type(key='k"; --'), "key", "STRING_PATTERN", "match"),
    # Reports.
    "source of another's records": (
        REPORT,
        kept(source="mail.message"),
        "definition.source",
        "UNKNOWN_VALUE",
        "an entity of crm",
    ),
    "source of secrets": (
        REPORT,
        kept(source="pg_catalog.pg_authid"),
        "definition.source",
        "UNKNOWN_VALUE",
        "an entity of crm",
    ),
    "groups beyond the limit": (
        REPORT,
        kept(groups=[{"field": "state"}] * 5),
        "definition.groups",
        "TOO_MANY",
        "4",
    ),
    "measures beyond the limit": (
        REPORT,
        kept(measures=[{"kind": "count"}] * 11),
        "definition.measures",
        "TOO_MANY",
        "10",
    ),
    "rows beyond the limit": (REPORT, kept(limit=10**6), "definition.limit", "INT32_GTE_LTE", "5000"),
    "group of SQL": (
        REPORT,
        kept(groups=[{"field": "title') --"}]),
        "definition.groups[0].field",
        "UNKNOWN_FIELD",
        "cannot be asked by",
    ),
    "group of a column of ours": (
        REPORT,
        kept(groups=[{"field": "base_json"}]),
        "definition.groups[0].field",
        "UNKNOWN_FIELD",
        "cannot be asked by",
    ),
    "filter of SQL": (
        REPORT,
        kept(filter="state = open; drop table party"),
        "definition.filter",
        "SYNTAX",
        "field op value",
    ),
    "filter of many terms": (
        REPORT,
        kept(filter=" AND ".join(["state = open"] * 21)),
        "definition.filter",
        "TOO_MANY",
        "at most 20 terms",
    ),
    "path without end": (
        REPORT,
        kept(groups=[{"field": "party_id.parent_id.parent_id.parent_id.parent_id.name"}]),
        "definition.groups[0].field",
        "TOO_MANY",
        "at most 3 links",
    ),
    "chart that loads": (
        REPORT,
        chart('{"mark": "bar", "data": {"url": "https://evil.example/x.json"}}'),
        "definition.chart.specification.data",
        "CHART_REFUSED",
        "leave data out",
    ),
    "chart that computes": (
        REPORT,
        chart('{"mark": {"type": "bar", "tooltip": {"expr": "1"}}}'),
        "definition.chart.specification.mark.tooltip.expr",
        "CHART_REFUSED",
        "let a measure or a filter of the report do it",
    ),
    "chart too deep": (
        REPORT,
        chart('{"layer": [' * 900),
        "definition.chart.specification",
        "SYNTAX",
        "a JSON object is expected",
    ),
    # Dashboards.
    "tile of nobody": (DASHBOARD, dashboard(service="evil"), "tiles[0].service", "UNKNOWN_VALUE", "crm"),
    "tile beyond the edge": (DASHBOARD, dashboard(x=11), "tiles[0].w", "OUT_OF_RANGE", "12 columns"),
    "tiles by the thousand": (
        DASHBOARD,
        {**dashboard(), "tiles": [{**dashboard()["tiles"][0], "y": 3 * n} for n in range(41)]},
        "tiles",
        "TOO_MANY",
        "40",
    ),
    # Templates.
    "template that reads": (
        TEMPLATE,
        template('#read("/etc/passwd")'),
        "source",
        "TEMPLATE_WRONG",
        "line 1, column",
    ),
    "template that climbs": (
        TEMPLATE,
        template('#read("../../../etc/passwd")'),
        "source",
        "TEMPLATE_WRONG",
        "line 1, column",
    ),
    "template of a package": (
        TEMPLATE,
        template('#import "@preview/cetz:0.3.1"'),
        "source",
        "TEMPLATE_WRONG",
        "packages cannot",
    ),
    ENDLESS: (
        TEMPLATE,
        template("#let f(n, of) = if n > 0 { f(n - 1, of + str(n)); f(n - 1, of) }\n#f(60, str(0))"),
        "source",
        "TEMPLATE_TOO_SLOW",
        "more than 2 seconds",
    ),
    "template of all memory": (
        TEMPLATE,
        template('#("x" * 900000000)'),
        "source",
        "TEMPLATE_TOO_LARGE",
        "memory",
    ),
    "template of secrets": (
        TEMPLATE,
        template("#sys.inputs.password"),
        "source",
        "TEMPLATE_WRONG",
        "line 1, column",
    ),
    "template of a document that is none": (
        TEMPLATE,
        template("", kind="docx", document="0" * 64),
        "document",
        "DOCUMENT_UNKNOWN",
        "send the file to print-documents first",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_with_place_and_remedy_and_nothing_changes(
    crm: Company, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == ENDLESS:
        monkeypatch.setattr(typesetting, "MAX_SECONDS", 2)
    entity, fields, place, reason, words = CASES[name]
    before = contents(crm)

    decision = crm.one(crm.admin, {**create(entity), "fields": fields})

    assert decision.outcome == "refused"
    assert decision.error is not None
    found = [(each.field, each.reason, each.detail) for each in decision.error.violations]
    assert any((where, why) == (place, reason) and words in detail for where, why, detail in found), [
        (where, why, detail[:300]) for where, why, detail in found
    ]
    assert contents(crm) == before


DOCUMENTS: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "bomb": (lambda: document("x", **{"word/media/bomb.bmp": b"\0" * (51 << 20)}), "more than 50 MB"),
    "many parts": (
        lambda: document("x", **{f"word/media/{i}.txt": b"" for i in range(1001)}),
        "too many parts",
    ),
    "template elsewhere": (
        lambda: document(
            "x", **{RELATIONS: EXTERNAL % (b"attachedTemplate", b"https://evil.example/t.dotm")}
        ),
        "loads https://evil",
    ),
    "picture of a file": (
        lambda: document("x", **{RELATIONS: EXTERNAL % (b"image", b"file:///etc/passwd")}),
        "loads file:",
    ),
    "entities": (
        lambda: document(
            "x", **{"word/comments.xml": b'<!DOCTYPE a [<!ENTITY b SYSTEM "/etc/passwd">]><a>&b;</a>'}
        ),
        "entities",
    ),
    "macros": (lambda: document("x", **{"word/vbaProject.bin": b"x"}), "macros"),
    "outside": (lambda: document("x", **{"../evil.xml": b"<a/>"}), "outside"),
    "no Word file": (lambda: b"PK\x03\x04" + b"\0" * 100, "no Word file"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_word_file_is_refused_with_what_is_in_it_and_not_kept(crm: Company, name: str) -> None:
    made, said = DOCUMENTS[name]
    before = contents(crm)
    with pytest.raises(Invalid, match="TEMPLATE_REFUSED") as refused:
        printer_of(crm.owner).keep_document(crm.admin, made())
    assert said in " ".join(each.detail for each in refused.value.violations)
    assert contents(crm) == before


QUESTIONS: Final[dict[str, tuple[dict[str, Any], type[SalesError], str]]] = {
    "a source that is not the reader's": ({"source": "crm.expense"}, Forbidden, "NOT_GRANTED"),
    "a field that is not the reader's": (
        {"source": PARTY, "groups": ["custom.margin"]},
        Forbidden,
        "FACET_NOT_GRANTED",
    ),
    "another's records": ({"source": "offers.offer"}, Invalid, "INVALID_REPORT"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_report_that_nobody_keeps_is_refused_too(crm: Company, name: str) -> None:
    definition, error, reason = QUESTIONS[name]
    reader = crm.accesses.give(*everything("reports" if reason == "NOT_GRANTED" else "crm"))
    with pytest.raises(error, match=reason):
        running.run(crm.owner.database, crm.accesses.get(reader), report(**definition))
