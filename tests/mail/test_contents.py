"""Attachments and raw messages are read by those who see the message, and harm no browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sales.mail.v1 import service_pb2
from uuid_utils.compat import uuid7

from services.kit import rpc
from services.kit.actor import Actor
from services.kit.errors import Invalid, NotAllowedNow, NotFound
from services.mail.adapters.blobs import FolderBlobs
from services.mail.api import contents
from services.mail.api.contents import Contents
from tests.mail.world import World, mail_from


@pytest.fixture
def served(world: World) -> Iterator[Contents]:
    """The questions, asked by the seller."""
    with rpc.acting(world.seller):
        yield Contents(world.owner.owner, FolderBlobs(world.chosen.blobs_dir / "mail"))


def arrived(world: World) -> str:
    """A message with a PDF and a page in HTML; return its id."""
    message = mail_from("a@b.example", to=world.address)
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="ordine.pdf")
    message.add_attachment(b"<script>", maintype="text", subtype="html", filename="pagina.html")
    world.arrive(message)
    world.read()
    return str(world.incoming()[0]["id"])


def attachment_id(world: World, name: str) -> str:
    (row,) = world.rows("select id from attachment where file_name = :name", name=name)
    return str(row["id"])


def test_an_attachment_is_given_as_it_came(world: World, served: Contents) -> None:
    arrived(world)
    asked = service_pb2.GetAttachmentRequest(attachment_id=attachment_id(world, "ordine.pdf"))
    found = served.GetAttachment(asked, None)
    assert (found.file_name, found.content_type, found.content) == ("ordine.pdf", "application/pdf", b"%PDF")


def test_a_strangers_page_is_never_shown_as_one(world: World, served: Contents) -> None:
    arrived(world)
    asked = service_pb2.GetAttachmentRequest(attachment_id=attachment_id(world, "pagina.html"))
    assert served.GetAttachment(asked, None).content_type == "application/octet-stream"


def test_the_raw_message_is_given_byte_for_byte(world: World, served: Contents) -> None:
    message_id = arrived(world)
    found = served.GetRawMessage(service_pb2.GetRawMessageRequest(message_id=message_id), None)
    assert found.content == world.office.messages(world.address)[0]
    assert (found.file_name, found.content_type) == (f"{message_id}.eml", "application/octet-stream")


def test_who_does_not_see_the_message_reads_nothing_of_it(
    world: World, served: Contents, stranger: Actor
) -> None:
    message_id = arrived(world)
    with rpc.acting(stranger):
        with pytest.raises(NotFound):
            served.GetRawMessage(service_pb2.GetRawMessageRequest(message_id=message_id), None)
        asked = service_pb2.GetAttachmentRequest(attachment_id=attachment_id(world, "ordine.pdf"))
        with pytest.raises(NotFound):
            served.GetAttachment(asked, None)


def test_what_is_not_there_is_said(world: World, served: Contents, monkeypatch: pytest.MonkeyPatch) -> None:
    queued = world.write("a@b.example")
    for wrong, error in ((str(uuid7()), NotFound), ("x", Invalid), (queued, NotFound)):
        with pytest.raises(error):
            served.GetRawMessage(service_pb2.GetRawMessageRequest(message_id=wrong), None)
    monkeypatch.setattr(contents, "_MOST_BYTES", 3)
    with pytest.raises(NotAllowedNow):
        served.GetRawMessage(service_pb2.GetRawMessageRequest(message_id=arrived(world)), None)
