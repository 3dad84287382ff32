"""An administrator writes pages; sellers print with them: over HTTP, every process in its place."""

from __future__ import annotations

import io
import secrets
import time

import docx
import httpx
import pypdf
import pytest

from tests.e2e.conftest import SignIn, created, refused

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PAGE = '#import "kit.typ": *\n#show: page-of\n#letterhead(d.title)\n#w.greeting #d.record.name'


def text(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
    return " ".join("\n".join(page.extract_text() for page in pages).split())


def test_a_page_of_ones_own_is_written_tried_printed_and_taken_back(sign_in: SignIn) -> None:
    admin, manager, north = sign_in("admin"), sign_in("sales.manager"), sign_in("sales.north")
    mark = secrets.token_hex(3)
    companies = manager.get("/v1/offers/companies").json()["records"]
    head = companies[0]["name"] if companies else f"Orobiche {mark}"
    if not companies:
        created(manager.post("/v1/offers/companies", json={"name": head}))
    party = created(north.post("/v1/crm/parties", json={"name": f"Officine {mark}", "country": "IT"}))
    sheet = f"/v1/crm/parties/{party['id']}:sheet"

    # Other services ask the companies' owner for the letterhead, and believe it for half a minute.
    deadline = time.monotonic() + 60
    while head not in text(north.get(sheet)) and time.monotonic() < deadline:
        time.sleep(1)
    assert head in text(north.get(sheet))
    listed = {"filter": f'name : "{mark}"', "columns": "name,country", "language": "de"}
    assert f"Officine {mark}" in text(north.get("/v1/crm/parties:print", params=listed))

    words = {"it": f"Spett.le {mark}", "nl": f"Geachte {mark}"}
    template = {
        "entity": "crm.party", "name": "Lettera", "kind": "typst", "subject": "record", "source": PAGE,
        "texts": [{"key": "greeting", "words": words}],
    }  # fmt: skip
    templates = "/v1/crm/print-templates"
    wrong = admin.post(templates, json={**template, "source": "one\n#nonsense"})
    problem = refused(wrong, 400, "TEMPLATE_REFUSED")
    assert "line 2, column 2" in problem["violations"][0]["detail"]
    refused(north.post(templates, json=template), 403, "NOT_GRANTED")
    made = created(admin.post(templates, json=template))
    address = f"{templates}/{made['id']}"
    try:
        assert f"Geachte {mark} Officine {mark}" in text(north.get(sheet, params={"language": "nl"}))
        assert admin.get(f"{address}:preview", params={"page": 1}).content.startswith(b"\x89PNG")
        assert admin.patch(address, json={"source": "second"}).status_code == 200
        assert text(north.get(sheet)) == "second"
        assert admin.patch(address, json={"active_version": 1}).status_code == 200
        assert f"Spett.le {mark}" in text(north.get(sheet))
        assert [each["number"] for each in north.get(f"{address}:versions").json()["versions"]] == [2, 1]
    finally:
        assert admin.delete(address).status_code in (200, 204)

    letter = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("Dear {{ record.name }},")
    document.save(letter)
    headers = {"Content-Type": WORD}
    kept = admin.post("/v1/crm/print-documents", content=letter.getvalue(), headers=headers)
    word = {**template, "kind": "docx", "document": created(kept)["sha256"], "position": 9}
    made = created(
        admin.post(templates, json={name: each for name, each in word.items() if name != "source"})
    )
    try:
        found = north.get(sheet, params={"template_id": made["id"]})
        assert found.headers["content-type"].startswith(WORD)
        paragraphs = [each.text for each in docx.Document(io.BytesIO(found.content)).paragraphs]
        assert paragraphs == [f"Dear Officine {mark},"]
    finally:
        admin.delete(f"{templates}/{made['id']}")
