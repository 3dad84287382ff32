"""Reading a real Dovecot: every message once, filed by the rules, whatever is in it."""

from __future__ import annotations

import threading
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.mail.adapters.blobs import BlobMissing, FolderBlobs
from services.mail.adapters.keys import keys
from services.mail.domain import reply_address
from services.mail.usecases import receiving
from tests.mail.unit.test_reading import REPORT, nested, parts
from tests.mail.world import World, mail_from
from tests.support.owners import update


def reply_address_of(world: World, message_id: str) -> str:
    (row,) = world.rows("select token from reply_token where message_id = :id", id=message_id)
    return reply_address.make(world.address, bytes.fromhex(row["token"]), keys(world.chosen).signing)


@pytest.fixture
def customer(world: World) -> str:
    return f"anna@cliente-{world.tag}.example"


def test_a_contacts_message_is_filed_under_the_party_with_rule_confidence_and_reason(
    world: World, customer: str
) -> None:
    party_id = world.party(customer)
    world.arrive(mail_from(f"Anna <{customer.upper()}>", to=world.address, subject="Domanda"))
    assert world.read() == 1
    (message,) = world.incoming()
    assert (message["state"], str(message["party_id"]), message["filing_rule"]) == (
        "filed",
        party_id,
        "address",
    )
    assert (message["confidence"], message["filing_reason"]) == (90, f"{customer} is a contact point")
    assert (message["from_name"], message["subject"], message["text"]) == ("Anna", "Domanda", "Ciao\n")
    assert world.links(message["id"]) == [("crm.party", party_id, "address")]


def test_a_message_is_read_once_however_often_the_folder_is_read(world: World, customer: str) -> None:
    message = mail_from(customer, to=world.address)
    world.arrive(message)
    assert (world.read(), world.read()) == (1, 0)
    world.arrive(message)
    assert world.read() == 0
    world.arrive(mail_from(customer, to=world.address, subject="altro"))
    assert world.read() == 1


def test_when_the_server_numbers_anew_nothing_is_lost_or_doubled(world: World, customer: str) -> None:
    world.owner.one(world.seller, update("mail.mailbox", world.mailbox_id, folder="Posta"))
    raw = [
        mail_from(customer, to=world.address, subject=subject).as_bytes() for subject in ("uno", "due", "tre")
    ]
    validities = []
    for messages in (raw[:2], raw):
        with world.office._mailbox(world.address) as client:
            if client.folder_exists("Posta"):
                client.delete_folder("Posta")
            client.create_folder("Posta")
            for message in messages:
                client.append("Posta", message)
            validities.append(client.folder_status("Posta", [b"UIDVALIDITY"])[b"UIDVALIDITY"])
        world.read()
    assert validities[0] != validities[1]
    assert [m["subject"] for m in world.incoming()] == ["uno", "due", "tre"]


def test_readers_at_the_same_time_store_each_message_once(world: World, customer: str) -> None:
    for number in range(15):
        world.arrive(mail_from(customer, to=world.address, subject=f"numero {number}"))
    stored: list[int] = []
    threads = [threading.Thread(target=lambda: stored.append(world.read())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(m["subject"] for m in world.incoming()) == sorted(f"numero {n}" for n in range(15))
    assert sum(stored) == 15


def test_a_crash_in_the_middle_reads_the_message_again(
    world: World, customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.arrive(mail_from(customer, to=world.address))
    original = receiving.add_links

    def crash(*_: Any) -> None:
        raise OSError("the process ends here")

    monkeypatch.setattr(receiving, "add_links", crash)
    with pytest.raises(OSError, match="ends here"):
        world.read()
    assert world.incoming() == [] and world.rows("select * from folder_position") == []
    monkeypatch.setattr(receiving, "add_links", original)
    assert world.read() == 1


def test_what_we_fail_to_read_is_kept_as_it_came_and_the_next_ones_go_on(
    world: World, customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a mistake of ours")

    world.arrive(mail_from(customer, to=world.address, subject="difficile"))
    with monkeypatch.context() as patched:
        patched.setattr("services.mail.courier.reader.prepare", fail)
        assert world.read() == 1
    world.arrive(mail_from(customer, to=world.address, subject="facile"))
    assert world.read() == 1
    first, second = world.incoming()
    assert (first["warnings"], second["subject"]) == (["broken"], "facile")
    raw = FolderBlobs(world.chosen.blobs_dir / "mail").get(first["raw_sha256"])
    assert b"difficile" in raw


def test_the_raw_message_and_its_attachments_are_kept_by_their_hash(world: World, customer: str) -> None:
    message = mail_from(customer, to=world.address)
    message.add_attachment(b"%PDF ordine", maintype="application", subtype="pdf", filename="../ordine.pdf")
    world.arrive(message)
    world.read()
    (stored,) = world.incoming()
    blobs = FolderBlobs(world.chosen.blobs_dir / "mail")
    assert blobs.get(stored["raw_sha256"]).endswith(message.as_bytes().replace(b"\n", b"\r\n")[-100:])
    (attachment,) = world.rows("select * from attachment")
    assert (attachment["file_name"], attachment["size_bytes"]) == ("ordine.pdf", 11)
    assert blobs.get(attachment["sha256"]) == b"%PDF ordine"


def test_a_damaged_or_foreign_blob_is_no_blob(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    name = blobs.put(b"content")
    assert blobs.put(b"content") == name
    (tmp_path / name[:2] / name).write_bytes(b"changed")
    for wrong in (name, "0" * 64, "../../etc/passwd", ""):
        with pytest.raises(BlobMissing):
            blobs.get(wrong)
    assert blobs.put(b"content") == name and blobs.get(name) == b"content"


def test_a_forged_reply_address_files_nothing_and_is_flagged(world: World, customer: str) -> None:
    party_id = world.party(customer)
    world.offer(party_id, "OFF-2026-00123")
    made = reply_address_of(world, world.write(customer, entity="crm.party", record_id=party_id))
    local, domain = made.split("@")
    forged = f"{local[:-5]}{'q' if local[-5] != 'q' else 'a'}{local[-4:]}@{domain}"
    world.arrive(mail_from(customer, to=forged, subject="Re: OFF-2026-00123"), to=forged)
    world.read()
    (message,) = world.incoming()
    assert (message["state"], message["warnings"]) == ("review", ["forged_reply_address"])
    assert message["party_id"] is message["offer_id"] is None
    assert world.links(message["id"]) == []
    (item,) = world.rows("select * from review_item")
    assert (item["cause"], item["state"]) == ("forged_reply_address", "open")
    assert {each["rule"] for each in item["candidates"]} == {"number"}


def test_a_reply_address_of_another_mailbox_is_nobodys_here(world: World, customer: str) -> None:
    other = f"acquisti@{world.tag}.example"
    world.add_mailbox(other)
    made = reply_address_of(world, world.write(customer))
    world.arrive(mail_from(customer, to=made), to=other)
    world.read()
    assert world.incoming() == []


def test_a_reply_is_found_by_its_thread_from_whatever_address_it_comes(world: World, customer: str) -> None:
    party_id = world.party(customer)
    message_id = world.write(customer, entity="crm.party", record_id=party_id)
    ours = str(world.message(message_id)["rfc_message_id"])
    world.arrive(mail_from("bruno@casa.example", to=world.address, References=f"<x@y.example> {ours}"))
    world.read()
    (message,) = world.incoming()
    assert (message["filing_rule"], str(message["party_id"])) == ("thread", party_id)
    assert message["filing_reason"] == f"it refers to {ours}"


def test_the_number_of_an_offer_in_the_subject_files_under_offer_and_party(
    world: World, customer: str
) -> None:
    party_id = world.party(customer)
    offer_id = world.offer(party_id, "OFF-2026-00123")
    world.arrive(mail_from(f"bruno@cliente-{world.tag}.example", to=world.address, subject="off-2026-00123?"))
    world.arrive(mail_from("ladro@altrove.example", to=world.address, subject="OFF-2026-00123"))
    world.read()
    ours, strangers = world.incoming()
    assert world.links(ours["id"]) == [
        ("crm.party", party_id, "number"),
        ("offers.offer", offer_id, "number"),
    ]
    assert (strangers["state"], world.links(strangers["id"])) == ("unrelated", [])


def test_a_forwarded_request_is_filed_under_whom_it_came_from(world: World, customer: str) -> None:
    party_id = world.party(customer)
    inner = mail_from(customer, to="collega@altrove.example", subject="Preventivo")
    outer = mail_from("collega@altrove.example", to=world.address, subject="I: Preventivo")
    outer.add_attachment(inner)
    world.arrive(outer)
    world.read()
    (message,) = world.incoming()
    assert world.links(message["id"]) == [("crm.party", party_id, "forwarded")]


def test_several_parties_of_one_address_wait_for_a_person(world: World) -> None:
    studio = f"studio@commercialista-{world.tag}.example"
    parties = {world.party(studio), world.party(studio)}
    world.arrive(mail_from(studio, to=world.address))
    world.read()
    (message,) = world.incoming()
    (item,) = world.rows("select * from review_item")
    assert (message["state"], item["cause"]) == ("review", "several_candidates")
    assert {each["party_id"] for each in item["candidates"]} == parties
    assert world.links(message["id"]) == []


def test_a_merged_party_is_filed_under_its_survivor(world: World, customer: str) -> None:
    merged, survivor = world.party(customer), world.party()
    world.tell_party(merged, {"name": "Rossi", "state": "merged"}, version=2, alias_of=survivor)
    world.arrive(mail_from(customer, to=world.address))
    world.read()
    (message,) = world.incoming()
    assert str(message["party_id"]) == survivor


def test_an_address_that_changed_hands_counts_for_its_new_party_only(world: World, customer: str) -> None:
    first, second = world.party(), world.party()
    point = world.contact(first, customer)
    world.contact(second, customer, point, version=3)
    world.contact(first, customer, point, version=2)
    world.arrive(mail_from(customer, to=world.address))
    world.read()
    assert str(world.incoming()[0]["party_id"]) == second
    world.contact(second, "", point, version=4, kind="phone", value="+390451")
    world.arrive(mail_from(customer, to=world.address, subject="ancora"))
    world.read()
    assert world.incoming()[1]["state"] == "unrelated"


def test_a_party_is_found_by_the_domain_of_its_web_site_until_it_is_erased(world: World) -> None:
    party_id = world.party()
    body = {"name": "Rossi", "website": f"https://www.rossi-{world.tag}.example/it"}
    world.tell_party(party_id, body, version=2)
    world.arrive(mail_from(f"nuovo@rossi-{world.tag}.example", to=world.address, subject="uno"))
    world.read()
    world.tell_party(party_id, body | {"state": "erased"}, version=3)
    world.arrive(mail_from(f"nuovo@rossi-{world.tag}.example", to=world.address, subject="due"))
    world.read()
    assert [(m["state"], m["filing_rule"]) for m in world.incoming()] == [
        ("filed", "domain"),
        ("unrelated", "unspecified"),
    ]


def test_our_own_copy_is_not_stored_again(world: World, customer: str) -> None:
    world.write(customer, world.address)
    world.send_all()
    assert world.read() == 0


def test_a_bounce_to_our_signed_address_marks_the_message_as_returned(world: World, customer: str) -> None:
    message_id = world.write(customer)
    world.send_all()
    report = REPORT.format(action="failed", status="5.1.1")
    ours = reply_address_of(world, message_id)
    assert world.post.taken[0].mail_from == ours
    world.arrive(f"To: {ours}\n{report}".encode(), to=ours)
    world.read()
    stored = world.message(message_id)
    assert stored["state"] == "bounced" and "550 5.1.1 no such user" in stored["server_reply"]
    assert world.incoming()[0]["kind"] == "bounce"


@pytest.mark.parametrize(
    ("action", "status", "signed"), [("failed", "5.1.1", False), ("delayed", "4.4.1", True)]
)
def test_a_forged_bounce_or_a_mere_delay_changes_nothing(
    world: World, customer: str, action: str, status: str, signed: bool
) -> None:
    message_id = world.write(customer)
    world.send_all()
    to = reply_address_of(world, message_id) if signed else world.address
    rfc_id = str(world.message(message_id)["rfc_message_id"])
    report = REPORT.format(action=action, status=status).replace("<7@us.example>", rfc_id)
    world.arrive(f"To: {to}\n{report}".encode(), to=to)
    world.read()
    assert world.message(message_id)["state"] == "sent"


def test_an_auto_reply_is_filed_and_named_as_one(world: World, customer: str) -> None:
    party_id = world.party(customer)
    world.arrive(mail_from(customer, to=world.address, subject="Ferie", Auto_Submitted="auto-replied"))
    world.read()
    (message,) = world.incoming()
    assert (message["kind"], str(message["party_id"])) == ("auto_reply", party_id)


@pytest.mark.parametrize(
    ("raw", "warning"),
    [
        (nested(2000), "too_many_parts"),
        (parts(20_000), "too_many_parts"),
        (
            b"From: a@b.example\r\nSubject: \xff\xfe\r\nContent-Type: multipart/mixed\r\n\r\n\x01\xff",
            "broken",
        ),
        (b"Subject: x\r\nMessage-ID: <" + b"x" * 5000 + b"@b>\r\n\r\n", ""),
        (b"", ""),
    ],
)
def test_hostile_messages_are_stored_with_a_warning(world: World, raw: bytes, warning: str) -> None:
    world.arrive(raw)
    assert world.read() == 1
    (message,) = world.incoming()
    assert not warning or warning in message["warnings"]
    assert FolderBlobs(world.chosen.blobs_dir / "mail").get(message["raw_sha256"]).endswith(raw[-50:])


def test_of_a_message_above_the_limit_only_the_headers_are_fetched(world: World, customer: str) -> None:
    world.chosen.mail_max_bytes = 100_000
    party_id = world.party(customer)
    message = mail_from(customer, to=world.address, subject="grande")
    message.add_attachment(b"x" * 200_000, maintype="application", subtype="zip", filename="a.zip")
    world.arrive(message)
    world.read()
    (stored,) = world.incoming()
    assert (stored["subject"], stored["warnings"], str(stored["party_id"])) == (
        "grande",
        ["too_large"],
        party_id,
    )
    assert stored["size_bytes"] > 200_000 and stored["attachment_count"] == 0


def test_html_is_stored_sanitised_with_its_remote_pictures_off(world: World, customer: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = customer, world.address, "html"
    message.set_content(
        '<p onclick="x()">Va bene</p><script>x()</script><img src="https://spia.example/t.gif">',
        subtype="html",
    )
    world.arrive(message)
    world.read()
    (stored,) = world.incoming()
    assert (stored["html"], stored["remote_pictures"], stored["text"]) == (
        "<p>Va bene</p><img>\n",
        True,
        "Va bene",
    )


def test_another_message_under_a_known_message_id_is_kept_and_flagged(world: World, customer: str) -> None:
    first = mail_from(customer, to=world.address, text="vero\n")
    world.arrive(first)
    second = mail_from("ladro@altrove.example", to=world.address, text="falso\n")
    second.replace_header("Message-ID", first["Message-ID"])
    world.arrive(second)
    assert world.read() == 2
    assert [m["warnings"] for m in world.incoming()] == [[], ["message_id_reused"]]


def test_a_filed_message_is_told_with_its_party_and_offer(world: World, customer: str) -> None:
    party_id = world.party(customer)
    offer_id = world.offer(party_id, "OFF-2026-00123")
    world.arrive(mail_from(customer, to=world.address, subject="OFF-2026-00123"))
    world.read()
    changed = [
        record
        for event in world.events("mail.records_changed.v1")
        for record in event["records"]
        if record["entity"] == "mail.message"
    ]
    assert (changed[-1]["parent_id"], changed[-1]["version"]) == (world.mailbox_id, 1)
    for text in (f'"party_id":"{party_id}"', f'"offer_id":"{offer_id}"', '"direction":"incoming"'):
        assert text in changed[-1]["fragments"]["base"]


def test_the_position_never_goes_back(world: World, customer: str) -> None:
    for number in range(3):
        world.arrive(mail_from(customer, to=world.address, subject=str(number)))
    world.read()
    with world.owner.owner.database.engine.begin() as connection:
        (last,) = connection.execute(sa.text("select last_uid from folder_position")).scalars()
    assert last == 3
