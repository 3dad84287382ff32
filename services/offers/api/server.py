"""The gRPC server: records and commands through the one write path, and questions."""

from __future__ import annotations

from sales.offers.v1 import service_pb2

from services.kit.api import serve_owner
from services.offers.api import questions
from services.offers.usecases.rules import RULES


def serve() -> None:
    """Serve until SIGTERM."""
    commands = service_pb2.DESCRIPTOR.services_by_name["OffersService"]
    serve_owner("offers", RULES, commands, register_more=questions.register)
