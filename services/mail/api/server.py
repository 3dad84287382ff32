"""The gRPC server: records and commands through the one write path, and contents."""

from __future__ import annotations

from sales.mail.v1 import service_pb2

from services.kit.api import serve_owner
from services.mail.api import contents
from services.mail.usecases.rules import RULES


def serve() -> None:
    """Serve until SIGTERM."""
    commands = service_pb2.DESCRIPTOR.services_by_name["MailService"]
    serve_owner("mail", RULES, commands, register_more=contents.register)
