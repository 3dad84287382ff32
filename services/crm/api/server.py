"""The gRPC server: records and commands through the one write path, and questions."""

from __future__ import annotations

from sales.crm.v1 import service_pb2

from services.crm.api import questions
from services.crm.usecases.rules import RULES
from services.kit.api import serve_owner


def serve() -> None:
    """Serve until SIGTERM."""
    commands = service_pb2.DESCRIPTOR.services_by_name["CrmService"]
    serve_owner("crm", RULES, commands, register_more=questions.register)
