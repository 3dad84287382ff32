"""Mail over the public interface, real processes and real mail servers: written, answered, filed."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import SignIn, created, refused
from tests.support.installation import ROOT, Installation
from tests.support.watching import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def messages(client: httpx.Client, **wanted: str) -> list[dict[str, Any]]:
    """Messages that have these values."""
    answer = client.get("/v1/mail/messages", params={"order_by": "created_at", "page_size": 500})
    assert answer.status_code == 200, answer.text
    return [
        record
        for record in answer.json()["records"]
        if all(record[name] == value for name, value in wanted.items())
    ]


def reply(system: Installation, address: str, *options: str) -> str:
    """Answer as the customer, by the command that people use."""
    done = subprocess.run(
        [sys.executable, "-m", "services.local.mail", "reply", address, *options],
        cwd=ROOT,
        env={**os.environ, "SALES_LOCAL": str(system.local)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_customer_is_written_to_and_the_answer_is_filed(system: Installation, sign_in: SignIn) -> None:
    north, south, manager = (sign_in(name) for name in ("sales.north", "sales.south", "sales.manager"))
    (mailbox,) = north.get("/v1/mail/mailboxes").json()["records"]
    assert mailbox["has_secret"] and "secret" not in {name for name in mailbox if name != "has_secret"}
    address = f"acquisti@rossi-{secrets.token_hex(3)}.example"
    party = created(north.post("/v1/crm/parties", json={"name": "Officine Rossi"}))
    contact = {"party_id": party["id"], "kind": "email", "value": address}
    created(north.post("/v1/crm/contact-points", json=contact))
    letter = {"to": [address], "subject": "Visita", "text": "Buongiorno.\n", "entity": "crm.party"}
    path = f"/v1/mail/mailboxes/{mailbox['id']}:send"

    def write() -> httpx.Response:
        return north.post(path, json={**letter, "record_id": party["id"]})

    # Mail learns of the party by an event.
    eventually(lambda: write().status_code == 200)
    eventually(lambda: bool(messages(north, party_id=party["id"], state="sent")))

    assert address in reply(system, address)
    eventually(lambda: bool(messages(north, party_id=party["id"], direction="incoming")))
    (answer,) = messages(north, party_id=party["id"], direction="incoming")
    assert (answer["state"], answer["filing_rule"], answer["from_address"]) == (
        "filed",
        "reply_address",
        address,
    )
    # A mailbox is its owner's, and the manager's.
    assert messages(south, party_id=party["id"]) == []
    assert messages(manager, party_id=party["id"])
    refused(south.post(path, json={**letter, "record_id": party["id"]}), 404, "RECORD_NOT_FOUND")

    # A wrong filing is taken back, and corrected.
    taken_back = north.post(f"/v1/mail/messages/{answer['id']}:unfile", json={})
    assert taken_back.json()["result"]["record"]["state"] == "unrelated"
    body = {"entity": "crm.party", "record_id": party["id"]}
    filed = north.post(f"/v1/mail/messages/{answer['id']}:file", json=body).json()["result"]["record"]
    assert (filed["state"], filed["filing_rule"], filed["party_id"]) == ("filed", "by_hand", party["id"])


def test_a_frozen_offer_is_mailed_and_the_answer_stands_under_it(
    system: Installation, sign_in: SignIn, catalogue: dict[str, Any]
) -> None:
    north = sign_in("sales.north")
    address = f"acquisti@bianchi-{secrets.token_hex(3)}.example"
    party = created(north.post("/v1/crm/parties", json={"name": "Bianchi"}))
    contact = {"party_id": party["id"], "kind": "email", "value": address}
    created(north.post("/v1/crm/contact-points", json=contact))
    offer = created(north.post("/v1/offers/offers", json={"party_id": party["id"], "title": "Pressa"}))
    revision = created(north.post("/v1/offers/revisions", json={"offer_id": offer["id"]}))
    line = {"revision_id": revision["id"], "article_id": catalogue["id"], "quantity": "1"}
    created(north.post("/v1/offers/lines", json=line))
    path = f"/v1/offers/revisions/{revision['id']}"
    assert north.post(f"{path}:freeze", json={}).status_code == 200
    letter = {"subject": "La nostra offerta", "text": "In allegato.\n", "language": "it"}
    assert north.post(f"{path}:send", json=letter).status_code == 200

    # Neither mailbox nor address is named: the seller's own, and the party's only one. What cannot be done at
    # once is tried again after a minute.
    def was_sent() -> bool:
        now = north.get(path).json()
        assert not now["sending_failure"], (now, messages(north, offer_id=offer["id"]))
        return bool(now["state"] == "sent")

    eventually(was_sent, within_s=150)
    (sent,) = messages(north, offer_id=offer["id"], direction="outgoing")
    assert (sent["revision_id"], sent["to_addresses"]) == (revision["id"], [address])
    attached = {"filter": f"message_id = {sent['id']}"}
    (document,) = north.get("/v1/mail/attachments", params=attached).json()["records"]
    assert document["content_type"] == "application/pdf" and document["size_bytes"] > 1000

    content = north.get(f"/v1/mail/attachments/{document['id']}:content")
    assert content.content.startswith(b"%PDF") and content.headers["content-type"] == "application/pdf"
    raw = north.get(f"/v1/mail/messages/{sent['id']}:raw")
    assert raw.content.startswith(b"From: ") and raw.headers["content-type"] == "application/octet-stream"

    reply(system, address, "--no-thread")
    eventually(lambda: bool(messages(north, offer_id=offer["id"], direction="incoming")))
    (answer,) = messages(north, offer_id=offer["id"], direction="incoming")
    assert (answer["state"], answer["party_id"]) == ("filed", party["id"])


def test_a_password_of_a_mailbox_is_answered_to_nobody(sign_in: SignIn) -> None:
    north = sign_in("sales.north")
    own = {"name": "Altra", "address": f"altra-{secrets.token_hex(3)}@macchine.example"}
    mailbox = created(north.post("/v1/mail/mailboxes", json={**own, "smtp_host": "smtp.macchine.example"}))
    path = f"/v1/mail/mailboxes/{mailbox['id']}"
    answer = north.post(f"{path}:set_secret", json={"secret": "molto segreta"})
    assert answer.status_code == 200 and "molto segreta" not in answer.text
    assert answer.json()["result"]["record"]["has_secret"] is True
    assert "molto segreta" not in north.get(path).text
    refused(north.patch(path, json={"has_secret": False}), 400, "OUTPUT_ONLY")
    refused(north.patch(path, json={"smtp_security": "none"}), 400, "UNPROTECTED_CONNECTION")
    refused(north.post("/v1/mail/messages", json={"subject": "x"}), 405, "METHOD_NOT_ALLOWED")
    # Other tests write from the seller's only mailbox.
    assert north.delete(path).status_code == 204
