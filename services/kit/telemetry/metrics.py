"""`/metrics` of every process, for Prometheus."""

from __future__ import annotations

import math

from prometheus_client import Gauge, Info, start_http_server

_process = Info("sales_process", "Which service and role this process is.")


def serve_metrics(service: str, role: str, *, host: str, port: int) -> None:
    """Answer `/metrics` on the port, from a thread of its own; port 0: nothing is served.

    The metrics themselves are declared where they are measured.
    """
    _process.info({"service": service, "role": role})
    if port:
        start_http_server(port, addr=host)


def forget(gauge: Gauge) -> None:
    """Show no value until one is set again: those with labels vanish, one without is not a number.

    Prometheus leaves NaN out of `max`, and no alert fires for it.
    """
    if gauge._labelnames:
        gauge.clear()
    else:
        gauge.set(math.nan)
