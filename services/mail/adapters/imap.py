"""A folder on an IMAP server, read without changing anything in it."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

#: How often a wait looks whether it is to end.
_LOOK_S = 1.0
#: Wake-ups in a row without a word: a record of TLS may be one, an end of the connection is one for ever.
_MOST_SILENT = 20
#: Between looks at a server without IDLE.
_POLL_S = 20.0


@dataclass(frozen=True, slots=True)
class Server:
    """Where a mailbox is read. `security` is tls, starttls or none."""

    host: str
    port: int
    security: str
    user_name: str
    secret: str


class LoginRefused(Exception):
    """The server does not accept name and password."""


#: What ends a connection; the caller makes a new one.
LOST = (OSError, IMAPClientError)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message as the server has it; of one above the limit only the headers."""

    uid: int
    content: bytes
    size_bytes: int
    received_at: datetime | None
    headers_only: bool


class Folder:
    """One folder, open until `close`."""

    def __init__(self, server: Server, name: str, *, tls: ssl.SSLContext, timeout_s: float) -> None:
        """Connect, log in and open the folder for reading.

        Raises:
            LoginRefused: name or password.
            OSError, IMAPClientError: anything else.
        """
        self.name = name
        self._client = IMAPClient(
            server.host,
            port=server.port,
            ssl=server.security == "tls",
            ssl_context=tls if server.security == "tls" else None,
            timeout=SocketTimeout(connect=timeout_s, read=timeout_s),
        )
        try:
            self._client.normalise_times = False
            if server.security == "starttls":
                self._client.starttls(ssl_context=tls)
            try:
                self._client.login(server.user_name, server.secret)
            except LoginError as error:
                raise LoginRefused(f"login refused: {error}"[:300]) from error
            opened = self._client.select_folder(name, readonly=True)
            self.uid_validity = int(opened[b"UIDVALIDITY"])
            self._has_idle = self._client.has_capability("IDLE")
        except BaseException:
            self.close()
            raise

    def uids_after(self, uid: int) -> list[int]:
        """Return the UIDs above `uid`, in order. (`n:*` always names the last message, however low.)"""
        found = self._client.search(["UID", f"{uid + 1}:*"])
        return sorted(each for each in found if each > uid)

    def fetch(self, uid: int, *, max_bytes: int) -> Fetched | None:
        """Return a message; None if it is gone meanwhile."""
        about = self._client.fetch([uid], ["RFC822.SIZE", "INTERNALDATE"]).get(uid)
        if about is None:
            return None
        size = int(about[b"RFC822.SIZE"])
        headers_only = size > max_bytes
        item = "BODY.PEEK[HEADER]" if headers_only else "BODY.PEEK[]"
        content = self._client.fetch([uid], [item]).get(uid, {}).get(item.replace(".PEEK", "").encode())
        if content is None:
            return None
        return Fetched(uid, bytes(content), size, _moment(about.get(b"INTERNALDATE")), headers_only)

    def wait(self, seconds: float, *, is_over: Callable[[], bool]) -> None:
        """Return when something happens in the folder, after `seconds`, or soon after `is_over`.

        Raises:
            OSError, IMAPClientError: the connection is gone.
        """
        if self._was_told():
            return
        if not self._has_idle:
            _sleep(min(seconds, _POLL_S), is_over)
            self._client.noop()
            return
        self._client.idle()
        try:
            self._listen(time.monotonic() + seconds, is_over)
        finally:
            self._client.idle_done()

    def _was_told(self) -> bool:
        """True if the server has told of a message while it answered something else.

        It tells once: what it says at the end of a SEARCH that did not find the message yet, it does not say
        again in IDLE. IMAPClient drops it; imaplib below keeps it until asked.
        """
        told: dict[str, Any] = self._client._imap.untagged_responses
        return bool(told.pop("EXISTS", None))

    def _listen(self, deadline: float, is_over: Callable[[], bool]) -> None:
        silent = 0
        while time.monotonic() < deadline and not is_over():
            began = time.monotonic()
            responses = self._client.idle_check(timeout=_LOOK_S)
            if any(_tells_of_mail(each) for each in responses):
                return
            # A connection that was closed is always readable, and has nothing: IMAPClient does not say so.
            at_once = not responses and time.monotonic() - began < _LOOK_S / 10
            silent = silent + 1 if at_once else 0
            if silent > _MOST_SILENT:
                raise ConnectionResetError("the server has closed the connection")

    def close(self) -> None:
        """Take leave; a server that is gone is not waited for."""
        with contextlib.suppress(*LOST):
            self._client.logout()
        with contextlib.suppress(*LOST):
            self._client.shutdown()


def _tells_of_mail(response: Any) -> bool:
    """True for `* 23 EXISTS`; a server also says `* OK Still here`."""
    return isinstance(response, tuple) and len(response) > 1 and response[1] in (b"EXISTS", b"RECENT")


def _sleep(seconds: float, is_over: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not is_over():
        time.sleep(0.2)


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
