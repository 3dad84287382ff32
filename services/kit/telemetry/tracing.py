"""Recording of spans, loaded only where `SALES_TRACE_FILE` is set.

Spans of sampled traces are appended as JSON lines to one file that all processes of a machine may share: a
line is written by one `write` in append mode. A trace is sampled or not where it begins; everyone else
follows its flag.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased


def start_tracing(service: str, role: str, *, ratio: float, file: str) -> None:
    """Record this process's spans; only the first call of a process counts."""
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(ratio)),
        resource=Resource({"service.name": service, "service.role": role}),
    )
    provider.add_span_processor(JsonLines(Path(file)))
    trace.set_tracer_provider(provider)


class JsonLines(SpanProcessor):
    """Writes each finished span at once: no thread, no queue, nothing lost at the end of the process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def on_end(self, span: ReadableSpan) -> None:
        """Append the span."""
        line = json.dumps(_as_json(span), ensure_ascii=False, default=str) + "\n"
        os.write(self._file, line.encode())


def _as_json(span: ReadableSpan) -> dict[str, Any]:
    context, parent = span.get_span_context(), span.parent
    assert context is not None  # a recorded span has one
    start, end = span.start_time or 0, span.end_time or 0
    return {
        "trace_id": f"{context.trace_id:032x}",
        "span_id": f"{context.span_id:016x}",
        "parent_id": f"{parent.span_id:016x}" if parent else "",
        "name": span.name,
        "kind": span.kind.name.lower(),
        "service": span.resource.attributes.get("service.name"),
        "role": span.resource.attributes.get("service.role"),
        "start_ns": start,
        "duration_ms": round((end - start) / 1e6, 3),
        "error": span.status.status_code is trace.StatusCode.ERROR,
        "attributes": dict(span.attributes or {}),
    }
