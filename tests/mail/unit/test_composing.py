"""What we send: one message, whatever is written into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.errors import Invalid
from services.mail.domain import composing
from services.mail.domain.addresses import is_writable
from services.mail.domain.attempts import DELAYS_S, delay_after
from services.mail.domain.composing import Draft, File, compose
from services.mail.domain.reading import read_message

DRAFT = Draft(
    message_id="<1@us.example>", sender="vendite@us.example", sender_name="Rossi, Vendite è",
    to=["anna@rossi.example"], cc=["bruno@rossi.example"], subject="Offerta è pronta",
    text="Buongiorno,\n.\nÈ\n",
    written_at=datetime(2026, 11, 23, 10, tzinfo=UTC), reply_to="vendite+r-x@us.example",
    in_reply_to="<0@x.example>", references=["<0@x.example>"],
    files=[File("perché.pdf", "application/pdf", b"%PDF")],
)  # fmt: skip


def test_what_is_composed_reads_the_same() -> None:
    raw = compose(DRAFT)
    read = read_message(raw)
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert (read.message_id, read.subject, read.sender) == (
        "<1@us.example>",
        "Offerta è pronta",
        ("Rossi, Vendite è", "vendite@us.example"),
    )
    assert read.text == "Buongiorno,\n.\nÈ\n"
    assert [(p.file_name, p.content) for p in read.attachments] == [("perché.pdf", b"%PDF")]
    assert (read.in_reply_to, read.references, read.dated_at) == (
        "<0@x.example>",
        ["<0@x.example>"],
        DRAFT.written_at,
    )


@pytest.mark.parametrize("name", ["subject", "in_reply_to", "message_id"])
@pytest.mark.parametrize("end", ["\r\nBcc: all@x.example", "\nBcc: all@x.example", "\rBcc: all@x.example"])
def test_a_line_break_begins_no_header(name: str, end: str) -> None:
    try:
        raw = compose(replace(DRAFT, **{name: f"<x{end}"}))
    except Invalid:
        return
    assert b"\nBcc" not in raw and b"\rBcc" not in raw


def test_a_name_with_a_line_break_stays_one_header() -> None:
    raw = compose(replace(DRAFT, sender_name="Anna\r\nBcc: all@x.example"))
    assert b"\nBcc" not in raw
    assert read_message(raw).sender[1] == "vendite@us.example"


@pytest.mark.parametrize(
    ("to", "subject", "text", "reason"),
    [
        ([], "x", "x", "RECIPIENT_MISSING"),
        (["anna"], "x", "x", "INVALID_EMAIL"),
        (["anna@rossi.example\nBcc: x@x.example"], "x", "x", "INVALID_EMAIL"),
        (["anna@rossi.example, b@b.example"], "x", "x", "INVALID_EMAIL"),
        (["anna@rossi.example"], "x\ny", "x", "LINE_BREAK"),
        (["anna@rossi.example"], " ", "x", "REQUIRED"),
        (["anna@rossi.example"], "x", "", "REQUIRED"),
    ],
)
def test_what_a_person_may_not_send(to: list[str], subject: str, text: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        composing.check(to=to, cc=(), subject=subject, text=text)
    assert reason in [violation.reason for violation in refused.value.violations]


@pytest.mark.parametrize(
    ("address", "writable"),
    [("a@b.example", True), ("a.b+c@d-e.example", True), ("a@b", False), ("@b.example", False),
     ("a@b..example", False), ("a b@c.example", False), ("è@b.example", False), ("a@b.example\n", False),
     ("x" * 65 + "@b.example", False), ("a@" + "b" * 64 + ".example", False), ("<a@b.example>", False),
     (".a@b.example", False), ("a@b.example>", False), ('"a b"@c.example', False)],
)  # fmt: skip
def test_which_addresses_are_written_to(address: str, writable: bool) -> None:
    assert is_writable(address) is writable


@given(st.text(max_size=200), st.text(max_size=2000))
def test_any_text_makes_one_message(subject: str, text: str) -> None:
    subject = " ".join(subject.split())
    try:
        raw = compose(replace(DRAFT, subject=subject.replace("\x00", ""), text=text, files=()))
    except (Invalid, UnicodeEncodeError):
        return
    head = raw.split(b"\r\n\r\n", 1)[0]
    names = [line.split(b":", 1)[0] for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
    known = {b"From", b"To", b"Cc", b"Subject", b"Date", b"Message-ID", b"Reply-To", b"In-Reply-To",
             b"References", b"MIME-Version", b"Content-Type", b"Content-Transfer-Encoding"}  # fmt: skip
    assert set(names) <= known and len(names) == len(set(names))


def test_the_attempts_go_on_for_two_days_and_end() -> None:
    assert delay_after(1) == 60
    assert delay_after(len(DELAYS_S)) is not None
    assert delay_after(len(DELAYS_S) + 1) is None
    assert sum(DELAYS_S) > 2 * 86400 * 0.9
