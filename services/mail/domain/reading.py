"""A raw message as values: headers, text, HTML, attachments; whatever is wrong with it.

    read = read_message(raw)

Nothing that a stranger may send makes this fail or run long: what cannot be read is left out and named in
`warnings`; the raw message is kept elsewhere. Python's older policy (compat32) is used on purpose: the newer
one parses headers by a grammar that raises on some real ones and takes quadratic time on others.
"""

from __future__ import annotations

import email
import email.message
import email.utils
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser

from services.mail.domain.addresses import read_addresses
from services.mail.domain.forwarded import addresses_in_text

MAX_PARTS = 200
MAX_DEPTH = 20
MAX_TEXT = 50_000
MAX_HTML = 100_000
MAX_SUBJECT = 500
#: Characters of text and HTML together that are looked at before they are cut to size.
_MOST_TEXT = 1_000_000
MAX_REFERENCES = 50
#: RFC 5322 allows lines of 998 characters; longer ids are nobody's.
MAX_MESSAGE_ID = 300
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,300}>")
_BOUNDARY = re.compile(rb"""boundary\s*=\s*(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))""", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FOLD = re.compile(r"\r?\n[ \t]*")
_NAME_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]")


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the message, decoded."""

    file_name: str
    content_type: str
    content: bytes
    content_id: str = ""


@dataclass(slots=True)
class ReadMessage:
    """What was found. Times in UTC, None where none can be read; texts without control characters."""

    message_id: str = ""
    in_reply_to: str = ""
    references: list[str] = field(default_factory=list)
    sender: tuple[str, str] = ("", "")
    to: list[str] = field(default_factory=list)
    cc: list[str] = field(default_factory=list)
    #: Every address to which it was delivered, as far as the headers tell.
    delivered_to: list[str] = field(default_factory=list)
    subject: str = ""
    dated_at: datetime | None = None
    text: str = ""
    #: As it came: to be sanitised before anybody sees it.
    html: str = ""
    attachments: list[Part] = field(default_factory=list)
    forwarded: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    #: Fields of the delivery report inside, of a bounce: final-recipient, status, diagnostic-code.
    report: dict[str, str] = field(default_factory=dict)
    #: Message-ID of the message that a bounce returns.
    returned_id: str = ""
    content_type: str = ""
    warnings: set[str] = field(default_factory=set)


#: Headers by which automatic messages are recognised.
_KINDS = (
    "auto-submitted", "x-autoreply", "x-autorespond", "x-auto-response-suppress", "precedence", "return-path",
    "x-failed-recipients", "list-id", "x-autoreply-from",
)  # fmt: skip


def read_message(raw: bytes, *, headers_only: bool = False) -> ReadMessage:
    """Return what can be read of a message; `headers_only` for one that is too large to look into."""
    read = ReadMessage()
    if not headers_only and _is_bomb(raw):
        read.warnings.add("too_many_parts")
        headers_only = True
    try:
        if headers_only:
            # The separating empty line ends the headers; what a bomb says after it is not looked at.
            message = BytesHeaderParser().parsebytes(_head(raw))
        else:
            message = email.message_from_bytes(raw)
    except (ValueError, LookupError, RecursionError, TypeError, AttributeError, IndexError, AssertionError):
        read.warnings.add("broken")
        return read
    _read_headers(message, read)
    if not headers_only:
        _read_body(message, read)
    return read


def _head(raw: bytes) -> bytes:
    ends = [at for at in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if at >= 0]
    return raw[: min(ends, default=len(raw))][:200_000]


def _is_bomb(raw: bytes) -> bool:
    """True if parsing would cost far more than the message is worth: too many parts, or too deep.

    Counted in the bytes, because the parser holds every part, and its depth is Python's stack.
    """
    boundaries = {one or other for one, other in _BOUNDARY.findall(raw)}
    if len(boundaries) > MAX_DEPTH * 2 or raw.lower().count(b"message/rfc822") > MAX_DEPTH:
        return True
    return sum(raw.count(b"--" + boundary) for boundary in boundaries) > 2 * MAX_PARTS


# Headers


def _read_headers(message: Message, read: ReadMessage) -> None:
    read.message_id = next(iter(_ids(message, "message-id")), "")
    read.in_reply_to = next(iter(_ids(message, "in-reply-to")), "")
    read.references = _ids(message, "references")[-MAX_REFERENCES:]
    senders = _addresses(message, "from", read) or _addresses(message, "sender", read)
    read.sender = senders[0] if senders else ("", "")
    read.to = [address for _, address in _addresses(message, "to", read)]
    read.cc = [address for _, address in _addresses(message, "cc", read)]
    for name in ("delivered-to", "x-original-to", "envelope-to"):
        for value in message.get_all(name, [])[:20]:
            read.delivered_to += [address for _, address in read_addresses(str(value))]
    read.subject = " ".join(_header(message, "subject", read).split())[:MAX_SUBJECT]
    read.dated_at = _date(_raw_header(message, "date"))
    read.content_type = message.get_content_type()
    for name in _KINDS:
        if name in message:
            read.headers[name] = " ".join(_raw_header(message, name).split())[:300].lower()


def _ids(message: Message, name: str) -> list[str]:
    return _MESSAGE_ID.findall(_raw_header(message, name))


def _raw_header(message: Message, name: str) -> str:
    """Return the first header of this name, unfolded; bytes beyond ASCII read as UTF-8, else as Latin."""
    for each, value in message.raw_items():
        if each.lower() == name:
            text = str(value)[:20_000]
            if not text.isascii():
                text = decoded(text.encode("utf-8", "surrogateescape"), "utf-8", set())
            return _FOLD.sub(" ", text)
    return ""


def _header(message: Message, name: str, read: ReadMessage) -> str:
    return decoded_header(_raw_header(message, name), read.warnings)


def _addresses(message: Message, name: str, read: ReadMessage) -> list[tuple[str, str]]:
    """Taken apart first, decoded then: an encoded name may hold a comma."""
    return [
        (decoded_header(name, read.warnings)[:200], _clean(address))
        for name, address in read_addresses(_raw_header(message, name))
    ]


def decoded_header(value: str, warnings: set[str]) -> str:
    """Return a header's value as text, encoded words decoded as far as they can be."""
    try:
        pieces = decode_header(value)
    except (ValueError, LookupError, IndexError, email.errors.HeaderParseError):
        warnings.add("broken")
        pieces = [(value, None)]
    texts = []
    for content, charset in pieces:
        texts.append(content if isinstance(content, str) else decoded(content, charset or "utf-8", warnings))
    return _clean("".join(texts))


def decoded(content: bytes, charset: str, warnings: set[str]) -> str:
    """Return bytes as text: by the charset they claim, else UTF-8, else Latin-1, which never fails."""
    try:
        return content.decode(charset)
    except (LookupError, ValueError, UnicodeError):
        warnings.add("unknown_charset")
    try:
        return content.decode("utf-8")
    except UnicodeError:
        return content.decode("windows-1252", errors="replace")


def _clean(text: str) -> str:
    """Without control characters and without halves of characters, which no database takes."""
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode("utf-8")


def _date(text: str) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(text[:200])
        moment = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    return moment if 1980 <= moment.year < 2200 else None


# Body


def _read_body(message: Message, read: ReadMessage) -> None:
    try:
        if any(part.defects for part in message.walk()):
            read.warnings.add("broken")
        for part, depth in _leaves(message, 0):
            if len(read.attachments) >= MAX_PARTS or depth > MAX_DEPTH:
                read.warnings.add("too_many_parts")
                return
            _read_part(part, read)
    except (ValueError, LookupError, RecursionError, TypeError, AttributeError, IndexError):
        read.warnings.add("broken")
    finally:
        read.forwarded += addresses_in_text(read.text)
        if len(read.text) > MAX_TEXT or len(read.html) > MAX_HTML:
            read.warnings.add("truncated")
        read.text = read.text[:MAX_TEXT]


def _leaves(message: Message, depth: int) -> Iterator[tuple[Message, int]]:
    """Yield the parts that are no containers; an attached message is one, and is not looked into here."""
    payload = message.get_payload()
    if depth <= MAX_DEPTH and message.get_content_maintype() == "multipart" and isinstance(payload, list):
        for part in payload:
            if isinstance(part, Message):
                yield from _leaves(part, depth + 1)
    else:
        yield message, depth


def _read_part(part: Message, read: ReadMessage) -> None:
    kind = part.get_content_type()
    if kind == "message/delivery-status":
        read.report |= _report_fields(part)
        return
    if kind in ("message/rfc822", "text/rfc822-headers"):
        _read_attached_message(part, read)
        return
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    if len(read.text) + len(read.html) > _MOST_TEXT:
        read.warnings.add("truncated")
        data = b"" if kind in ("text/plain", "text/html") else data
    name = _file_name(part, read)
    is_text = kind in ("text/plain", "text/html") and not name and _disposition(part) != "attachment"
    if is_text and kind == "text/plain":
        separator = "\n" if read.text else ""
        read.text += separator + _text_of(part, data, read)
    elif is_text:
        read.html += _text_of(part, data, read)
    else:
        read.attachments.append(
            Part(name or _unnamed(kind, len(read.attachments)), kind[:100], data, _content_id(part))
        )


def _text_of(part: Message, data: bytes, read: ReadMessage) -> str:
    # Four bytes to a character at most; what is cut off here is cut off below anyway.
    claimed = part.get_content_charset() or "utf-8"
    text = decoded(data[: 4 * MAX_HTML * 2], claimed, read.warnings)
    return _clean(text.replace("\r\n", "\n"))


def _disposition(part: Message) -> str:
    try:
        return part.get_content_disposition() or ""
    except (ValueError, IndexError, AttributeError):
        return ""


def _file_name(part: Message, read: ReadMessage) -> str:
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, IndexError, AttributeError):
        read.warnings.add("broken")
        return ""
    return safe_file_name(decoded_header(name, read.warnings))


def safe_file_name(name: str) -> str:
    """Return a name without folders and control characters, at most 150 characters, its ending kept."""
    plain = " ".join(_NAME_UNSAFE.sub(" ", _clean(name)).split()).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    return plain if len(plain) <= 150 else f"{stem[:130]}{dot}{ending[:15]}"


def _unnamed(kind: str, count: int) -> str:
    ending = {"message/rfc822": "eml", "text/calendar": "ics", "application/pdf": "pdf"}.get(kind, "bin")
    return f"part-{count + 1}.{ending}"


def _content_id(part: Message) -> str:
    return str(part.get("content-id", "")).strip("<> \r\n\t")[:200]


def _report_fields(part: Message) -> dict[str, str]:
    """Return the fields of a delivery report (RFC 3464), those of its last recipient."""
    found: dict[str, str] = {}
    payload = part.get_payload()
    for block in payload if isinstance(payload, list) else []:
        for name in ("final-recipient", "action", "status", "diagnostic-code"):
            if isinstance(block, Message) and name in block:
                found[name] = _clean(" ".join(str(block[name]).split()))[:500]
    return found


def _read_attached_message(part: Message, read: ReadMessage) -> None:
    """An attached message: kept as a file; its headers tell whom a forwarded one was from."""
    payload = part.get_payload()
    inner: Message | None = None
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        inner = payload[0]
    elif isinstance(payload, str):
        inner = BytesHeaderParser().parsebytes(payload.encode("utf-8", "replace"))
    if inner is None:
        return
    read.returned_id = read.returned_id or next(iter(_ids(inner, "message-id")), "")
    for name in ("from", "reply-to", "sender", "to"):
        read.forwarded += [address for _, address in _addresses(inner, name, read)]
    try:
        data = inner.as_bytes()
    except (ValueError, LookupError, TypeError, KeyError, AttributeError, RecursionError):
        read.warnings.add("broken")
        return
    subject = safe_file_name(_header(inner, "subject", read)) or f"part-{len(read.attachments) + 1}"
    read.attachments.append(Part(f"{subject[:100]}.eml", "message/rfc822", data))
