"""Puts what was sent into the mailboxes of its recipients, as an IMAP client of the private Dovecot."""

import email.utils
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from imapclient import IMAPClient

from services.local.ports import LOOPBACK


@dataclass(frozen=True, slots=True)
class PostOffice:
    """Delivers to, and reads from, the Dovecot on this port."""

    imap_port: int
    password: str

    def deliver(self, content: bytes, *, sender: str, recipients: Sequence[str]) -> None:
        """Store a message for each recipient, with the headers that a delivering server adds."""
        for recipient in recipients:
            head = (
                f"Return-Path: <{sender}>\r\n"
                f"Delivered-To: {recipient}\r\n"
                f"Received: by {LOOPBACK}; {email.utils.format_datetime(datetime.now(UTC))}\r\n"
            )
            with self._mailbox(recipient) as client:
                client.append("INBOX", head.encode() + content)

    def messages(self, address: str) -> list[bytes]:
        """Return the messages of a mailbox, oldest first."""
        with self._mailbox(address) as client:
            client.select_folder("INBOX", readonly=True)
            uids = sorted(client.search())
            found = client.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
            return [bytes(found[uid][b"BODY[]"]) for uid in uids]

    def _mailbox(self, address: str) -> IMAPClient:
        """The mailbox of an address; what follows a plus belongs to it too. Closed by `with`."""
        local, _, domain = address.lower().rpartition("@")
        client = IMAPClient(LOOPBACK, port=self.imap_port, ssl=False, timeout=15)
        client.login(f"{local.partition('+')[0]}@{domain}", self.password)
        return client
