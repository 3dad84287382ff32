"""The gRPC server: records and commands through the one write path."""

from __future__ import annotations

from sales.aftersales.v1 import service_pb2

from services.aftersales.usecases.rules import RULES
from services.kit.api import serve_owner


def serve() -> None:
    """Serve until SIGTERM."""
    serve_owner("aftersales", RULES, service_pb2.DESCRIPTOR.services_by_name["AftersalesService"])
