"""Answers as the customer: takes the newest message that an address received and replies to it."""

import smtplib
from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr

from services.local.mail.place import DOMAIN, MailServers
from services.local.messages import CannotContinue
from services.local.ports import LOOPBACK

TEXT = "Buongiorno,\n\nva bene, procediamo come da offerta.\n\nCordiali saluti\n"


def newest_received(servers: MailServers, address: str) -> EmailMessage:
    """Return the newest message in a customer's mailbox.

    Raises:
        CannotContinue: it is empty.
    """
    raw = servers.office.messages(address)
    if not raw:
        raise CannotContinue(f"{address} has received nothing.", "Send something to it first.")
    found = message_from_bytes(raw[-1], policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def reply_to(
    received: EmailMessage, *, address: str, text: str = TEXT, to: str = "", threaded: bool = True
) -> EmailMessage:
    """Return a reply, as mail programs make them; `threaded` False leaves out what names the message."""
    answer = EmailMessage(policy=policy.SMTP)
    subject = str(received["Subject"] or "")
    answer["From"] = address
    answer["To"] = to or parseaddr(str(received["Reply-To"] or received["From"]))[1]
    answer["Subject"] = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    answer["Date"] = format_datetime(datetime.now(UTC))
    answer["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
    if threaded and received["Message-ID"]:
        answer["In-Reply-To"] = str(received["Message-ID"])
        answer["References"] = " ".join(
            [*str(received["References"] or "").split(), str(received["Message-ID"])]
        )
    answer.set_content(text)
    return answer


def send(servers: MailServers, message: EmailMessage, *, sender: str, recipients: Sequence[str]) -> None:
    """Hand a message in at the private SMTP server."""
    with smtplib.SMTP(LOOPBACK, servers.smtp_port, timeout=15) as client:
        client.login(sender, servers.password)
        client.send_message(message, from_addr=sender, to_addrs=list(recipients))


def is_ours(address: str) -> bool:
    """True for the demonstration company's own addresses."""
    return address.lower().endswith(f"@{DOMAIN}")
