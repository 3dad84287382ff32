"""A message of ours as bytes, the same bytes for every attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.kit.errors import Invalid, Violation
from services.mail.domain.addresses import is_writable


@dataclass(frozen=True, slots=True)
class File:
    """An attachment to send."""

    file_name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that a message is made of. `message_id` with brackets; `written_at` with its zone."""

    message_id: str
    sender: str
    sender_name: str
    to: Sequence[str]
    cc: Sequence[str]
    subject: str
    text: str
    written_at: datetime
    reply_to: str = ""
    in_reply_to: str = ""
    references: Sequence[str] = ()
    files: Sequence[File] = field(default_factory=tuple)


def compose(draft: Draft) -> bytes:
    """Return the message in the form that goes over the wire: lines end in CRLF, ASCII throughout.

    Raises:
        Invalid: INVALID_FIELDS; a value with a line break would begin a header of its own.
    """
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = _address(draft.sender, draft.sender_name)
        message["To"] = [_address(each) for each in draft.to]
        if draft.cc:
            message["Cc"] = [_address(each) for each in draft.cc]
        message["Subject"] = draft.subject
        message["Date"] = format_datetime(draft.written_at)
        message["Message-ID"] = draft.message_id
        if draft.reply_to:
            message["Reply-To"] = _address(draft.reply_to, draft.sender_name)
        if draft.in_reply_to:
            message["In-Reply-To"] = draft.in_reply_to
        if draft.references:
            message["References"] = " ".join(draft.references)
    except (ValueError, IndexError) as error:
        violation = Violation("subject", "LINE_BREAK", "a header is one line")
        raise Invalid("INVALID_FIELDS", violations=[violation]) from error
    # Base64 or quoted-printable, as suits: 8-bit text would need a server that offers 8BITMIME.
    message.set_content(draft.text, cte="quoted-printable")
    for file in draft.files:
        main, _, sub = file.content_type.partition("/")
        message.add_attachment(
            file.content,
            maintype=main or "application",
            subtype=sub or "octet-stream",
            filename=file.file_name,
        )
    return message.as_bytes()


def choose_address(known: Sequence[tuple[str, bool]]) -> str:
    """Return the preferred one of a party's addresses, or its only one; "" if nobody can tell."""
    preferred = [address for address, is_preferred in known if is_preferred]
    if preferred:
        return preferred[0]
    return known[0][0] if len(known) == 1 else ""


def check(*, to: Sequence[str], cc: Sequence[str], subject: str, text: str) -> None:
    """Check what a person wrote before it is queued.

    Raises:
        Invalid: INVALID_FIELDS with RECIPIENT_MISSING, INVALID_EMAIL, LINE_BREAK, REQUIRED.
    """
    wrong: list[Violation] = []
    if not to:
        wrong.append(Violation("request.to", "RECIPIENT_MISSING"))
    for name, addresses in (("to", to), ("cc", cc)):
        for number, address in enumerate(addresses):
            if not is_writable(address):
                wrong.append(Violation(f"request.{name}[{number}]", "INVALID_EMAIL"))
    if any(c in subject for c in "\r\n\x00"):
        wrong.append(Violation("request.subject", "LINE_BREAK", "a subject is one line"))
    if not subject.strip():
        wrong.append(Violation("request.subject", "REQUIRED"))
    if not text.strip():
        wrong.append(Violation("request.text", "REQUIRED"))
    if wrong:
        raise Invalid("INVALID_FIELDS", violations=wrong)


def _address(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(display_name=" ".join(name.split()), username=local, domain=domain)
