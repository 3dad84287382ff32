"""What the tests of mail arrange: a mailbox, parties and offers known by events, a courier's parts."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.kit.actor import Actor
from services.kit.envelope import Event
from services.kit.records.claims import Decision
from services.kit.worker import deliver
from services.mail.adapters import imap
from services.mail.adapters.blobs import FolderBlobs
from services.mail.adapters.keys import keys
from services.mail.adapters.sealing import open_sealed
from services.mail.courier.reader import Reader
from services.mail.courier.sender import Sender
from services.mail.domain.composing import File
from services.mail.settings import MailSettings
from services.mail.storage.reading import mailboxes_to_read
from services.mail.worker import crm as from_crm
from services.mail.worker import offers as from_offers
from tests.mail.post import Post
from tests.support.owners import OwnerUnderTest, create, everything, foreign, received

PDF = b"%PDF-1.7 the offer\n"


@dataclass
class FakePrints:
    """Offers' print: the same PDF for every revision, or an error."""

    error: Exception | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def print_revision(self, revision_id: str, language: str) -> File:
        self.asked.append((revision_id, language))
        if self.error is not None:
            raise self.error
        return File("OFF-2026-00123_rev2.pdf", "application/pdf", PDF)


@dataclass
class FakeReports:
    """Each report is its reader's id."""

    asked: list[dict[str, str]] = field(default_factory=list)

    def export(self, document: Mapping[str, str]) -> File:
        self.asked.append(dict(document))
        return File("fonti.csv", "text/csv", document["reader_id"].encode())


class World:
    """One user, one mailbox; every address is this test's own, so that tests share a Dovecot."""

    def __init__(self, owner: OwnerUnderTest, chosen: MailSettings, post: Post) -> None:
        self.owner = owner
        self.chosen = chosen
        self.post = post
        self.office = post.office
        self.tag = secrets.token_hex(4)
        self.address = f"vendite@{self.tag}.example"
        self.prints = FakePrints()
        self.reports = FakeReports()
        self.seller = owner.accesses.give(*everything("mail", "crm", "offers"))
        self.store_access(self.seller)
        self.mailbox_id = self.add_mailbox(self.address)

    # Arranging

    def add_mailbox(self, address: str, **fields: Any) -> str:
        settings = {
            "name": "Vendite", "address": address, "display_name": "Ufficio vendite",
            "smtp_host": "127.0.0.1", "smtp_port": self.post.port, "smtp_security": "none",
            "imap_host": "127.0.0.1", "imap_port": self.office.imap_port, "imap_security": "none",
        }  # fmt: skip
        item = create("mail.mailbox", **{**settings, **fields})
        assert self.owner.one(self.seller, item).outcome == "applied"
        self.set_secret(item["record_id"])
        return str(item["record_id"])

    def set_secret(self, mailbox_id: str, secret: str = "") -> Decision:
        return self.command("mail.mailbox", mailbox_id, "set_secret", secret=secret or self.office.password)

    def store_access(self, actor: Actor) -> None:
        """Let identity's copy of what a user may do arrive."""
        access = self.owner.accesses.known[actor.user_id]
        body = {
            "id": str(actor.user_id),
            "version": 1,
            "grants": [
                {"group": g.group, "actions": sorted(g.actions), "scopes": [{"terms": [{"kind": "all"}]}]}
                for g in access.grants
            ],
        }
        with self.owner.owner.database.engine.begin() as connection:
            connection.execute(
                sa.text("insert into access_copy values (:user, 1, :body) on conflict do nothing"),
                {"user": actor.user_id, "body": orjson.dumps(body).decode()},
            )

    def party(self, *addresses: str, name: str = "Rossi") -> str:
        """A party with these addresses, as the CRM tells it."""
        party_id = str(uuid7())
        self.tell_party(party_id, {"name": name})
        for address in addresses:
            self.contact(party_id, address)
        return party_id

    def tell_party(self, party_id: str, body: dict[str, Any], version: int = 1, **place: Any) -> None:
        record = foreign("crm.party", party_id, version, **place)
        self._deliver_crm(record, body)

    def contact(self, party_id: str, address: str, point_id: str = "", version: int = 1, **body: Any) -> str:
        record = foreign("crm.contact_point", point_id or str(uuid7()), version)
        fixed = {"party_id": party_id, "kind": "email", "value": address, "preferred": False}
        self._deliver_crm(record, fixed | body)
        return str(record["id"])

    def _deliver_crm(self, record: dict[str, Any], body: dict[str, Any]) -> None:
        record["fragments"] = {"base": orjson.dumps(body).decode()}
        event = received("crm", "crm.records_changed.v1", {"records": [record]})
        deliver(self.owner.owner.database, from_crm.copy_parties, event)

    def offer(self, party_id: str, number: str) -> str:
        record = foreign("offers.offer", str(uuid7()))
        record["fragments"] = {"base": orjson.dumps({"party_id": party_id, "number": number}).decode()}
        event = received("offers", "offers.records_changed.v1", {"records": [record]})
        deliver(self.owner.owner.database, from_offers.copy_offers, event)
        return str(record["id"])

    # Acting

    def command(
        self, entity: str, record_id: str, name: str, actor: Actor | None = None, /, **request: Any
    ) -> Decision:
        item = {
            "id": str(uuid7()), "entity": entity, "record_id": record_id, "command": name, "request": request,
        }  # fmt: skip
        return self.owner.one(actor or self.seller, item)

    def write(self, *to: str, **request: Any) -> str:
        """Queue a message; return its id."""
        message_id = str(uuid7())
        fixed = {"message_id": message_id, "to": list(to), "subject": "Oggetto", "text": "Testo\n"}
        decision = self.command("mail.mailbox", self.mailbox_id, "send", **{**fixed, **request})
        assert decision.outcome == "applied", decision.error
        return message_id

    def ask_for_document(
        self, event: Event | None = None, asked_at: datetime | None = None, **data: Any
    ) -> str:
        """Let offers ask for a revision to be sent; return the id of the message."""
        fixed = {
            "message_id": str(uuid7()), "revision_id": str(uuid7()), "offer_id": str(uuid7()),
            "party_id": str(uuid7()), "offer_number": "OFF-2026-00123",
            "document_label": "OFF-2026-00123 rev. 2", "mailbox_id": self.mailbox_id,
            "to": f"acquisti@cliente-{self.tag}.example", "subject": "Offerta OFF-2026-00123",
            "text": "In allegato.\n", "language": "it", "requested_by": str(self.seller.user_id),
        }  # fmt: skip
        wanted = {**fixed, **data}
        event = event or received("offers", "offers.document_sending_requested.v1", wanted)
        if asked_at is not None:
            event = replace(event, time=asked_at)
        deliver(self.owner.owner.database, from_offers.queue_document, event)
        return str(wanted["message_id"])

    def sender(self) -> Sender:
        return Sender(
            self.owner.owner.database,
            FolderBlobs(self.chosen.blobs_dir / "mail"),
            self.prints,
            self.reports,
            keys(self.chosen),
            ssl.create_default_context(),
            self.chosen,
        )

    def send_all(self) -> int:
        """Make every attempt that is due; return how many there were."""
        sender, count = self.sender(), 0
        while sender.turn():
            count += 1
            assert count < 50
        return count

    def reader(self, mailbox_id: str = "") -> Reader:
        with self.owner.owner.database.read() as connection:
            (mailbox,) = [
                each
                for each in mailboxes_to_read(connection)
                if each.mailbox_id == (mailbox_id or self.mailbox_id)
            ]
        blobs = FolderBlobs(self.chosen.blobs_dir / "mail")
        database = self.owner.owner.database
        return Reader(mailbox, database, blobs, keys(self.chosen), ssl.create_default_context(), self.chosen)

    def read(self, mailbox_id: str = "") -> int:
        """Read what is new in the mailbox; return how many messages were stored."""
        reader = self.reader(mailbox_id)
        secret = open_sealed(
            reader.mailbox.sealed_secret,
            mailbox_id=reader.mailbox.mailbox_id,
            key=keys(self.chosen).sealing,
        )
        server = imap.Server(
            reader.mailbox.host, reader.mailbox.port, "none", reader.mailbox.user_name, secret
        )
        folder = imap.Folder(server, reader.mailbox.folder, tls=ssl.create_default_context(), timeout_s=60)
        try:
            return reader.read_new(folder)
        finally:
            folder.close()

    def arrive(self, content: bytes | EmailMessage, *, to: str = "") -> None:
        """Put a message into the mailbox as a server would."""
        raw = content.as_bytes() if isinstance(content, EmailMessage) else content
        self.office.deliver(raw, sender="somebody@elsewhere.example", recipients=[to or self.address])

    # Looking

    def message(self, message_id: str) -> dict[str, Any]:
        stored = self.owner.stored("mail.message", message_id)
        assert stored is not None
        return stored

    def incoming(self) -> list[dict[str, Any]]:
        """Received messages, oldest first."""
        return self.rows("select * from message where direction = 'incoming' order by created_at, id")

    def links(self, message_id: Any) -> list[tuple[str, str, str]]:
        """Entity, id and rule of each link of a message."""
        rows = self.rows(
            "select entity, record_id, rule from link where message_id = :id and not deleted order by 1, 2",
            id=UUID(str(message_id)),
        )
        return [(row["entity"], str(row["record_id"]), row["rule"]) for row in rows]

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        with self.owner.owner.database.read() as connection:
            return [dict(row) for row in connection.execute(sa.text(query), parameters).mappings()]

    def events(self, event_type: str) -> list[dict[str, Any]]:
        return [each["data"] for each in self.owner.events() if each["type"] == event_type]


def mail_from(
    sender: str, *, to: str, subject: str = "Buongiorno", text: str = "Ciao\n", **headers: str
) -> EmailMessage:
    """A message as a stranger's program writes it."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{secrets.token_hex(8)}@client.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message
