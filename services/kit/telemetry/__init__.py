"""Logs, metrics and traces of a process.

    start("crm", "worker")      # first thing in every process
    ...
    ready(settings())           # once it serves

Costs little to import: what a process does not use (the tracing SDK, SQL spans) is never loaded.
"""

from __future__ import annotations

from services.kit.config import Settings, settings
from services.kit.telemetry.logs import get_logger, start_logs

_log = get_logger(__name__)


def start(service: str, role: str, *, sql: bool = True) -> None:
    """Send logs to stdout, serve `/metrics` if a port is set, trace if a file is set.

    `sql=False` is for processes without a database: SQLAlchemy is not loaded for their sake.
    """
    from services.kit.telemetry.metrics import serve_metrics

    chosen = settings()
    start_logs(service, role, level=chosen.log_level)
    if chosen.ready_file:
        chosen.ready_file.unlink(missing_ok=True)
    serve_metrics(service, role, host=chosen.host, port=chosen.metrics_port)
    if chosen.trace_file:
        from services.kit.telemetry.tracing import start_tracing

        start_tracing(service, role, ratio=chosen.trace_ratio, file=chosen.trace_file)
        if sql:
            from services.kit.telemetry.sql import trace_statements

            trace_statements()


def ready(chosen: Settings) -> None:
    """Tell whoever supervises the process that it serves."""
    if chosen.ready_file:
        chosen.ready_file.parent.mkdir(parents=True, exist_ok=True)
        chosen.ready_file.touch()
    _log.info("ready")
