"""Word templates: filled in as text, in a sandbox, and nothing in them that runs or loads."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import docx
import pytest

from services.kit.actor import Actor
from services.kit.entities import entity
from services.kit.errors import Invalid
from services.kit.prints import typesetting
from services.kit.prints.printing import Wish, printer_of
from services.kit.prints.rendering import check_document, filled
from tests.kit.fields.shaping import PARTY, Company, wrong
from tests.kit.prints.test_lists import party
from tests.kit.prints.test_templates import saved
from tests.support.owners import create

DATA: dict[str, Any] = {"name": "Rossi", "rows": [{"value": "one"}, {"value": "two"}], "nothing": None}
RELATIONS = "word/_rels/document.xml.rels"


def document(*paragraphs: str, **parts: bytes) -> bytes:
    """A Word file; `parts` are added to it, or replace what it has."""
    made = docx.Document()
    for each in paragraphs:
        made.add_paragraph(each)
    content = io.BytesIO()
    made.save(content)
    return with_parts(content.getvalue(), parts) if parts else content.getvalue()


def with_parts(content: bytes, parts: dict[str, bytes]) -> bytes:
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            if info.filename not in parts:
                new.writestr(info.filename, old.read(info))
        for name, part in parts.items():
            new.writestr(name, part)
    return changed.getvalue()


def part(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return parts.read(name)


def paragraphs(content: bytes) -> list[str]:
    return [each.text for each in docx.Document(io.BytesIO(content)).paragraphs]


def refusal(content: bytes, data: dict[str, Any] | None = None) -> str:
    with pytest.raises(Invalid, match="TEMPLATE_REFUSED") as caught:
        filled(content, DATA if data is None else data)
    return caught.value.violations[0].detail


def test_placeholders_are_filled_in_and_what_is_filled_in_is_text() -> None:
    template = document("Dear {{ name }},", "{%p for each in rows %}", "- {{ each.value }}", "{%p endfor %}")
    assert paragraphs(filled(template, DATA)) == ["Dear Rossi,", "- one", "- two"]
    hostile = '<w:b/> & "quotes" {{ 7 * 7 }} </w:t> \x0b\ud800'
    found = paragraphs(filled(document("{{ name }}"), {"name": hostile.replace("\ud800", "")}))
    assert found == ['<w:b/> & "quotes" {{ 7 * 7 }} </w:t> ']


@pytest.mark.parametrize(
    ("placeholder", "said"),
    [
        ("{{ name.__class__ }}", "unsafe"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
        ("{{ rows.append }}{{ rows.append(1) }}", "unsafe"),
        ("{{ name['__class__'] }}", "unsafe"),
        ("{{ (name|attr('__class__')) }}", "unsafe"),
        ("{{ self.__init__.__globals__ }}", "unsafe"),
        ("{{ cycler.__init__.__globals__ }}", "unsafe"),
        ("{{ lipsum.__globals__ }}", "'lipsum' is undefined"),
        ("{{ '{0.__class__}'.format(name) }}", "unsafe"),
        ("{% include '/etc/passwd' %}", "no loader"),
        ("{% import 'os' as os %}", "no loader"),
        ("{{ __import__('os') }}", "undefined"),
        ("{{ range(100000000) }}", "too big"),
        ("{{ name", "unexpected"),
        ("{{ weight }}", "'weight' is undefined"),
        ("{{ 1 / 0 }}", "division by zero"),
    ],
)
def test_a_placeholder_that_reaches_out_is_refused(placeholder: str, said: str) -> None:
    assert said in refusal(document("fine", placeholder))


def test_a_mistake_names_the_paragraph() -> None:
    assert refusal(document("fine", "{{ name }}", "{% if %}")).startswith("paragraph ")


def test_a_loop_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "MAX_SECONDS", 1)
    endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    assert "more than 1 seconds" in refusal(document(endless))


def test_a_placeholder_that_wants_all_memory_is_ended() -> None:
    assert "memory" in refusal(document("{{ 'x' * 3000000000 }}"))


OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
EXTERNAL = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b"<Relationship Id='rId99' Type='" + OFFICE + b"%s' Target='%s' TargetMode='External'/></Relationships>"
)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"word/vbaProject.bin": b"x"}, "macros"),
        ({"word/embeddings/oleObject1.bin": b"x"}, "embedded"),
        ({"word/activeX/activeX1.xml": b"<a/>"}, "embedded"),
        ({RELATIONS: EXTERNAL % (b"attachedTemplate", b"https://evil.example/t.dotm")}, "loads https://evil"),
        ({RELATIONS: EXTERNAL % (b"image", b"file:///etc/passwd")}, "loads file:"),
        ({RELATIONS: EXTERNAL % (b"hyperlink", b"file:///etc/passwd")}, "loads file:"),
        ({"../evil.xml": b"<a/>"}, "outside"),
        ({"/etc/evil.xml": b"<a/>"}, "outside"),
        ({"word/comments.xml": b'<!DOCTYPE a [<!ENTITY b SYSTEM "/etc/passwd">]><a>&b;</a>'}, "entities"),
        ({"word/comments.xml": "<a/>".encode("utf-16")}, "not UTF-8"),
        ({"word/media/bomb.bmp": b"\0" * (51 << 20)}, "more than 50 MB"),
        ({f"word/media/{i}.txt": b"" for i in range(1001)}, "too many parts"),
        (
            {"word/comments.xml": b"<w:instrText>DDEA</w:instrText><w:instrText>UTO x</w:instrText>"},
            "DDEAUTO",
        ),
        ({"word/comments.xml": b'<w:fldSimple w:instr="INCLUDETEXT /etc/passwd"/>'}, "INCLUDETEXT"),
    ],
)
def test_a_file_that_runs_loads_or_swells_is_refused(parts: dict[str, bytes], said: str) -> None:
    content = document("x", **parts)
    assert said in refusal(content)
    with pytest.raises(Invalid, match="TEMPLATE_REFUSED"):
        check_document(content)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\x03\x04" + b"\0" * 100])
def test_what_is_no_word_file_is_refused(content: bytes) -> None:
    assert "no Word file" in refusal(content)


def test_a_file_with_macros_by_its_content_types_is_refused() -> None:
    types = part(document("x"), "[Content_Types].xml").replace(
        b"wordprocessingml.document.main", b"wordprocessingml.document.macroEnabled.main"
    )
    assert "macros" in refusal(document("x", **{"[Content_Types].xml": types}))


def test_a_damaged_file_is_refused() -> None:
    content = bytearray(document("x" * 1000))
    middle = content.index(b"word/document.xml") + 40
    content[middle : middle + 30] = b"\xff" * 30
    assert "Word file" in refusal(bytes(content))


def test_a_web_link_stays() -> None:
    relations = part(document("x"), RELATIONS).replace(
        b"</Relationships>",
        b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        b'hyperlink" Target="https://rossi.example" TargetMode="External"/></Relationships>',
    )
    assert paragraphs(filled(document("{{ name }}", **{RELATIONS: relations}), DATA)) == ["Rossi"]


def test_a_record_is_printed_with_a_word_template(crm: Company, seller: Actor) -> None:
    crm.define("hours", "number")
    printer = printer_of(crm.owner)
    template = document(
        "{{ words.greeting }} {{ record.name }}: {{ record.custom.hours }} h, {{ company.name }}",
        "{%p for each in children.contact_point %}",
        "{{ each.value }} ({{ each.kind }})",
        "{%p endfor %}",
    )
    sha256 = printer.keep_document(crm.admin, template)
    decision = saved(crm, "", kind="docx", document=sha256)
    assert decision.outcome == "applied", wrong(decision)
    party_id = party(crm, seller, "Rossi & <Figli>", custom={"hours": "1480.5"})
    item = create("crm.contact_point", party_id=party_id, kind="email", value="info@rossi.example")
    assert crm.one(seller, item).outcome == "applied"

    found = printer.record(seller, entity(PARTY), party_id, Wish())
    assert found.name.endswith(".docx")
    first, second = paragraphs(found.content)
    assert first == "Buongiorno Rossi & <Figli>: 1.480,5 h, Officine Orobiche S.p.A."
    assert second == "info@rossi.example (E-mail)"


def test_a_word_template_with_an_unknown_placeholder_is_not_stored(crm: Company) -> None:
    sha256 = printer_of(crm.owner).keep_document(crm.admin, document("{{ record.weight }}"))
    decision = saved(crm, "", kind="docx", document=sha256)
    assert decision.error is not None
    assert "weight" in decision.error.violations[0].detail
