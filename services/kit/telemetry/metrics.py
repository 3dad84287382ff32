"""`/metrics` of every process, for Prometheus."""

from __future__ import annotations

from prometheus_client import Info, start_http_server

_process = Info("sales_process", "Which service and role this process is.")


def serve_metrics(service: str, role: str, *, host: str, port: int) -> None:
    """Answer `/metrics` on the port, from a thread of its own; port 0: nothing is served.

    The metrics themselves are declared where they are measured.
    """
    _process.info({"service": service, "role": role})
    if port:
        start_http_server(port, addr=host)
