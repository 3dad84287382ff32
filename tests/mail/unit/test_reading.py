"""Whatever a stranger sends is read as far as it can be, in bounded time, and nothing of it breaks us."""

from __future__ import annotations

import base64
import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mail.adapters.html import sanitised, text_of
from services.mail.domain import kinds
from services.mail.domain.reading import MAX_SUBJECT, MAX_TEXT, read_message, safe_file_name

HEAD = b"From: anna@rossi.example\r\nTo: us@us.example\r\nSubject: x\r\nMessage-ID: <1@rossi.example>\r\n"


def nested(depth: int) -> bytes:
    opening = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth)
    )
    return HEAD + opening + b"Content-Type: text/plain\r\n\r\nhello\r\n"


def forwards(depth: int) -> bytes:
    return HEAD + b"Content-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\n" * depth + b"\r\nhello\r\n"


def parts(count: int) -> bytes:
    one = b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nx\r\n"
    return HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + one * count + b"--b--\r\n"


@pytest.mark.parametrize(
    ("raw", "warning"),
    [
        (b"", ""),
        (b"\x00\xff" * 1000, ""),
        (HEAD, ""),
        (b"no header at all", ""),
        (HEAD + b"Content-Type: multipart/mixed\r\n\r\nno boundary\r\n", "broken"),
        (HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\ncut', "broken"),
        (HEAD + b"Content-Type: text/plain; charset=klingon\r\n\r\ncaff\xe8", "unknown_charset"),
        (HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\ncaff\xe8", "unknown_charset"),
        (HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n=====", ""),
        (HEAD + b"Content-Transfer-Encoding: x-unknown\r\n\r\nhello", ""),
        (HEAD + b"Content-Type: text/plain; charset*0*=x''%ff; charset*1=y\r\n\r\nhello", ""),
        (HEAD + b"Content-Type: ; ; ;\r\n\r\nhello", ""),
        (HEAD + b'Content-Disposition: attachment; filename*=bad\'%%%\r\n\r\nhello', ""),
        (nested(1000), "too_many_parts"),
        (nested(100_000), "too_many_parts"),
        (forwards(2000), "too_many_parts"),
        (parts(100_000), "too_many_parts"),
    ],
)  # fmt: skip
def test_broken_and_hostile_messages_are_read_as_far_as_they_can_be(raw: bytes, warning: str) -> None:
    began = time.process_time()
    read = read_message(raw)
    assert time.process_time() - began < 5
    assert not warning or warning in read.warnings
    if raw.startswith(HEAD):
        assert (read.sender[1], read.message_id) == ("anna@rossi.example", "<1@rossi.example>")


@pytest.mark.parametrize(("raw", "text"), [(b"caff\xe8", "caffè"), ("caffè €".encode(), "caffè €")])
def test_a_text_in_an_unnamed_charset_is_guessed(raw: bytes, text: str) -> None:
    assert read_message(HEAD + b"Content-Type: text/plain; charset=klingon\r\n\r\n" + raw).text == text


def test_a_header_may_be_long_eight_bit_or_split_in_a_word() -> None:
    raw = (
        b"From: =?utf-8?q?Bianchi=2C_Anna?= <anna@rossi.example>, second@x.example\r\n"
        b"To: " + b"a@b.example, " * 5000 + b"\r\n"
        b"Subject: caff\xe8 =?utf-8?b?w6g=?=\r\n =?utf-8?q?!?= " + b"y" * 5000 + b"\r\n\r\nhello"
    )
    read = read_message(raw)
    assert read.sender == ("Bianchi, Anna", "anna@rossi.example")
    assert len(read.to) <= 100
    assert read.subject.startswith("caff") and len(read.subject) == MAX_SUBJECT


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Mon, 32 Nov 2026 10:00:00 +0100", "Mon, 1 Jan 9999 00:00:00 -9999", "0" * 9999]
)
def test_a_date_that_is_none_is_left_out(date: str) -> None:
    assert read_message(b"Date: " + date.encode() + b"\r\n\r\n").dated_at is None


def test_huge_texts_and_attachments_are_cut_or_kept_whole() -> None:
    message = EmailMessage()
    message["From"] = "a@b.example"
    message.set_content("riga\n" * 400_000)
    message.add_attachment(b"\x00" * 5_000_000, maintype="application", subtype="zip", filename="a.zip")
    read = read_message(message.as_bytes())
    assert len(read.text) == MAX_TEXT and "truncated" in read.warnings
    assert [len(part.content) for part in read.attachments] == [5_000_000]


def test_winmail_and_msg_are_attachments_like_others() -> None:
    message = EmailMessage()
    message["From"] = "a@b.example"
    message.set_content("vedi allegati")
    tnef = b"\x78\x9f\x3e\x22" + b"\xff" * 200
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504
    message.add_attachment(tnef, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    message.add_attachment(ole, maintype="application", subtype="vnd.ms-outlook", filename="posta.msg")
    read = read_message(message.as_bytes())
    assert [(p.file_name, p.content) for p in read.attachments] == [("winmail.dat", tnef), ("posta.msg", ole)]


def test_an_attached_message_is_a_file_and_its_headers_are_clues() -> None:
    inner = EmailMessage()
    inner["From"] = "Anna <anna@rossi.example>"
    inner["Subject"] = "Richiesta: prezzi/2026"
    inner.set_content("quanto costa?")
    outer = EmailMessage()
    outer["From"] = "collega@us.example"
    outer.set_content("vedi")
    outer.add_attachment(inner)
    read = read_message(outer.as_bytes())
    assert [part.file_name for part in read.attachments] == ["Richiesta: prezzi 2026.eml"]
    assert "anna@rossi.example" in read.forwarded


@pytest.mark.parametrize(
    ("name", "safe"),
    [("../../etc/passwd", "etc passwd"), ("a\x00b\r\nc.pdf", "ab c.pdf"), ("C:\\x\\y.doc", "C: x y.doc"),
     ("", ""), ("...", ""), ("x" * 300 + ".pdf", "x" * 130 + ".pdf")],
)  # fmt: skip
def test_names_of_files_lead_nowhere(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("Auto-Submitted: auto-replied", "auto_reply"),
        ("Auto-Submitted: no", "ordinary"),
        ("Subject: Risposta automatica: ferie", "auto_reply"),
        ("Subject: Out of office", "auto_reply"),
        ("Precedence: auto_reply", "auto_reply"),
        ("From: MAILER-DAEMON@x.example\nSubject: Undelivered Mail Returned to Sender", "bounce"),
        ("From: postmaster@x.example\nSubject: Buongiorno", "ordinary"),
        ("Subject: Assenteismo e altro", "ordinary"),
    ],
)
def test_messages_that_no_person_wrote_are_recognised(headers: str, kind: str) -> None:
    head = headers if "From:" in headers else f"From: a@b.example\n{headers}"
    assert kinds.kind_of(read_message(f"{head}\n\nhello".encode())) == kind


REPORT = """\
From: MAILER-DAEMON@x.example
Subject: Failure
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

It did not arrive.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; x.example

Final-Recipient: rfc822; anna@rossi.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such user
--b
Content-Type: text/rfc822-headers

Message-ID: <7@us.example>
--b--
"""


@pytest.mark.parametrize(
    ("action", "status", "kind", "permanent"),
    [("failed", "5.1.1", "bounce", True), ("delayed", "4.4.1", "bounce", False),
     ("delivered", "2.0.0", "ordinary", True)],
)  # fmt: skip
def test_a_delivery_report_is_understood(action: str, status: str, kind: str, permanent: bool) -> None:
    read = read_message(REPORT.format(action=action, status=status).encode())
    assert (kinds.kind_of(read), read.returned_id) == (kind, "<7@us.example>")
    assert kind == "ordinary" or kinds.is_permanent(read) is permanent
    assert "550 5.1.1 no such user" in kinds.words_of(read)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:x'>y</a>",
        "<iframe src=//x></iframe>", "<svg onload=x>", "<style>@import '//x'</style>", "<form action=x>",
        "<meta http-equiv=refresh content='0;//x'>", "<base href=//x>", "<object data=x>", "<link href=//x>",
        "<p style='background:url(//x)'>y</p>", "<a href='data:text/html,x'>y</a>",
        "<math><mtext></p><style>",
    ],
)  # fmt: skip
def test_html_does_nothing(hostile: str) -> None:
    shown, _ = sanitised(f"<p>prima</p>{hostile}<p>dopo</p>")
    for word in (
        "script",
        "onerror",
        "onload",
        "javascript",
        "iframe",
        "svg",
        "style",
        "form",
        "//x",
        "data:",
    ):
        assert word not in shown


def test_pictures_from_outside_are_taken_out_and_those_inside_stay() -> None:
    shown, remote = sanitised('<img src="https://x.example/t.gif" alt="a"><img src="cid:logo">')
    assert remote and "x.example" not in shown and 'src="cid:logo"' in shown
    assert sanitised('<img src="cid:logo">')[1] is False


def test_html_alone_gives_the_text() -> None:
    shown, _ = sanitised("<p>Buongiorno,</p><div>va bene &amp; grazie<br>Anna</div>")
    assert text_of(shown) == "Buongiorno,\nva bene & grazie\nAnna"


@given(st.binary(max_size=2000))
def test_no_bytes_break_the_reading(raw: bytes) -> None:
    read = read_message(raw)
    kinds.kind_of(read)
    kinds.words_of(read)
    sanitised(read.html)
    read.text.encode()
    read.subject.encode()


@given(st.lists(st.sampled_from(
    [HEAD, b"\r\n", b"--b\r\n", b"--b--\r\n", b'Content-Type: multipart/mixed; boundary="b"\r\n',
     b"Content-Type: message/rfc822\r\n", b"Content-Type: text/html\r\n",
     b"Content-Type: message/delivery-status\r\n",
     b"Content-Transfer-Encoding: base64\r\n", base64.b64encode(b"x" * 90), b"=?utf-8?b?!!?=", b"Subject: ",
     b"From: <<>>,@;:\r\n", b"filename*0*=utf-8''%e8;", b"\xe8\xff", b" charset=\x00;\r\n", b"From ", b"\n\n"]
), max_size=40))  # fmt: skip
def test_no_mixture_of_headers_breaks_the_reading(pieces: list[bytes]) -> None:
    read = read_message(b"".join(pieces))
    kinds.kind_of(read)
    for text in (read.text, read.subject, read.sender[0], read.sender[1], *read.to, *read.forwarded):
        text.encode()
        assert "\x00" not in text
