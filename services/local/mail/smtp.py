"""A small SMTP server that never sends anything out of this machine."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from services.local.mail.post_office import PostOffice
from services.local.ports import LOOPBACK

MAX_BYTES = 50_000_000


# Without slots: aiosmtpd reads every attribute, and Python 3.11.2 fails at __weakref__ of a class with them.
@dataclass
class Deliver:
    """Hands every message to the post office; if that fails, the client tries again."""

    office: PostOffice

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message when all its recipients have it."""
        content = envelope.content
        assert isinstance(content, bytes)
        await asyncio.to_thread(
            self.office.deliver, content, sender=envelope.mail_from or "", recipients=envelope.rcpt_tos
        )
        return "250 2.0.0 delivered"


def server(port: int, handler: Any, *, password: str, starttls: ssl.SSLContext | None = None) -> Controller:
    """Return a server for `handler`; any name may log in, with this password. `start()` and `stop()` it."""

    def check(_server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and data.password == password.encode()
        return AuthResult(success=known, handled=known)

    return Controller(
        handler,
        hostname=LOOPBACK,
        port=port,
        ready_timeout=60,
        authenticator=check,
        auth_required=True,
        auth_require_tls=starttls is not None,
        require_starttls=starttls is not None,
        tls_context=starttls,
        data_size_limit=MAX_BYTES,
        ident="private",
    )
