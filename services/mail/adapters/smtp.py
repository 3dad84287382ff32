"""Handing a message to the mailbox's server, so that every failure says whether it may have left.

smtplib's `sendmail` is not used: it does not tell a connection that broke before the message was complete
(the server must throw it away, RFC 5321, 3.3) from one that broke when the server may have taken it.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_END = b".\r\n"


@dataclass(frozen=True, slots=True)
class Server:
    """Where a mailbox sends. `security` is tls, starttls or none."""

    host: str
    port: int
    security: str
    user_name: str
    secret: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The server took it: its words, and the recipients that it refused."""

    reply: str
    refused: tuple[str, ...] = ()


class SendingFailed(Exception):
    """It was not sent. The text is the server's words, without passwords."""


class Refused(SendingFailed):
    """For good: trying again would be refused again."""


class Postponed(SendingFailed):
    """It may be taken later: a server that is away, busy, or refuses the password."""


class Uncertain(SendingFailed):
    """The connection broke when the server may have taken it."""


class NotOurs(Exception):
    """Somebody else has the attempt; nothing was handed over."""


def hand_in(
    server: Server,
    *,
    sender: str,
    recipients: Sequence[str],
    content: bytes,
    may_hand_over: Callable[[], bool],
    tls: ssl.SSLContext,
    timeout_s: float,
) -> Taken:
    """Send one message; return when the server has taken it.

    `may_hand_over` is called once, before the end of the message goes out; if it says False nothing is sent.

    Raises:
        Refused, Postponed, Uncertain, NotOurs.
    """
    try:
        connection = _connect(server, tls, timeout_s)
    except smtplib.SMTPAuthenticationError as error:
        # A wrong password is the mailbox's fault, not the message's: it waits until somebody corrects it.
        raise Postponed(f"login refused: {_words(error.smtp_code, error.smtp_error)}") from error
    except smtplib.SMTPResponseException as error:
        raise Postponed(_words(error.smtp_code, error.smtp_error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Postponed(f"{type(error).__name__}: {error}"[:300]) from error
    try:
        refused = _envelope(connection, sender, recipients)
        return Taken(_data(connection, content, may_hand_over), refused)
    finally:
        _leave(connection)


def _connect(server: Server, tls: ssl.SSLContext, timeout_s: float) -> smtplib.SMTP:
    connection: smtplib.SMTP
    if server.security == "tls":
        connection = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=tls)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=timeout_s)
    try:
        if server.security == "starttls":
            # Raises where the server does not offer it: nothing goes unprotected because somebody cut it out.
            connection.starttls(context=tls)
        connection.ehlo_or_helo_if_needed()
        if server.secret and connection.has_extn("auth"):
            connection.login(server.user_name, server.secret)
        elif server.security != "none":
            raise smtplib.SMTPNotSupportedError("the server offers no login")
    except BaseException:
        connection.close()
        raise
    return connection


def _envelope(connection: smtplib.SMTP, sender: str, recipients: Sequence[str]) -> tuple[str, ...]:
    """Name sender and recipients; return the recipients that are refused while others are not."""
    try:
        code, words = connection.mail(sender)
        _require(code, words, 250)
        answers = [(recipient, *connection.rcpt(recipient)) for recipient in recipients]
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise Postponed(f"{type(error).__name__}: {error}"[:300]) from error
    wrong = [(recipient, code, words) for recipient, code, words in answers if code not in (250, 251, 252)]
    if len(wrong) == len(answers):
        reply = "; ".join(f"{recipient}: {_words(code, words)}" for recipient, code, words in wrong)
        if all(code >= 500 for _, code, _ in wrong):
            raise Refused(reply[:500])
        raise Postponed(reply[:500])
    return tuple(f"{recipient}: {_words(code, words)}"[:300] for recipient, code, words in wrong)


def _data(connection: smtplib.SMTP, content: bytes, may_hand_over: Callable[[], bool]) -> str:
    try:
        code, words = connection.docmd("data")
        if code != 354:
            _require(code, words, 354)
        body = re.sub(rb"(?m)^\.", b"..", content)
        connection.send(body if body.endswith(b"\r\n") else body + b"\r\n")
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise Postponed(f"{type(error).__name__}: {error}"[:300]) from error
    if not may_hand_over():
        raise NotOurs
    try:
        connection.send(_END)
        code, words = connection.getreply()
    except (OSError, smtplib.SMTPException) as error:
        what = f"no answer to the message: {type(error).__name__}: {error}"
        raise Uncertain(what[:300]) from error
    if code == -1:
        raise Uncertain(f"no answer to the message that can be read: {_words(code, words)}")
    _require(code, words, 250)
    return _words(code, words)


def _require(code: int, words: bytes, expected: int) -> None:
    if code == expected:
        return
    if code == -1:
        raise Postponed(f"the connection was closed: {_words(code, words)}")
    raise (Refused if code >= 500 else Postponed)(_words(code, words))


def _words(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(f"{code} {text}".split())[:300]


def _leave(connection: smtplib.SMTP) -> None:
    """Without waiting for an answer that changes nothing."""
    try:
        connection.putcmd("quit")
    except (OSError, smtplib.SMTPException):
        pass
    finally:
        connection.close()
