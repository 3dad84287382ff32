"""An SMTP server for tests: delivers into Dovecot, or fails in the way that a test asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from services.local.mail.post_office import PostOffice
from services.local.mail.smtp import server
from services.local.ports import random_free


@dataclass
class Post:
    """What the server took, and how it is to behave."""

    office: PostOffice
    port: int
    taken: list[Envelope] = field(default_factory=list)
    #: Answers to give instead of taking a message, in order.
    data_answers: list[str] = field(default_factory=list)
    #: Recipient -> answer.
    refused: dict[str, str] = field(default_factory=dict)
    #: Take the message, then close the connection without an answer, this often.
    cut_after_data: int = 0

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.refused.get(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
            return "250 OK"
        return answer

    async def handle_DATA(self, smtp: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data_answers:
            return self.data_answers.pop(0)
        content: Any = envelope.content
        self.taken.append(envelope)
        await asyncio.to_thread(
            self.office.deliver, content, sender=envelope.mail_from or "", recipients=envelope.rcpt_tos
        )
        if self.cut_after_data:
            self.cut_after_data -= 1
            assert smtp.transport is not None
            smtp.transport.abort()
        return "250 2.0.0 taken as number 7"


@contextmanager
def running_smtp(office: PostOffice, **options: Any) -> Iterator[Post]:
    """Run the server for a test."""
    made = Post(office, random_free())
    controller = server(made.port, made, password=office.password, **options)
    controller.start()
    try:
        yield made
    finally:
        controller.stop()
