"""The trace that the running code belongs to, as W3C text: in event envelopes, outbox rows, message headers.

Works with or without the tracing SDK: a process that records nothing still passes the trace on.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span

_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")

Attributes = Mapping[str, str | int | float | bool]


def current_traceparent() -> str:
    """`00-<trace>-<span>-<flags>` of the running span; empty outside of any."""
    # Nobody can have begun a span before the API was loaded, and loading it takes 50 ms.
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return ""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return ""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


@contextmanager
def span(
    name: str, *, traceparent: str | None = None, attributes: Attributes | None = None
) -> Iterator[Span]:
    """Run a block as one span, below `traceparent` if given (empty: as a new trace), else below the running
    span.

    Attributes carry no record values.
    """
    from opentelemetry import trace

    tracer = trace.get_tracer("services.kit")
    parent = None if traceparent is None else _context(traceparent)
    with tracer.start_as_current_span(
        name, context=parent, attributes=attributes, record_exception=False, set_status_on_exception=True
    ) as running:
        yield running


def _context(traceparent: str) -> Context:
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    found = _TRACEPARENT.fullmatch(traceparent)
    if found is None:
        return Context()
    parent = SpanContext(
        trace_id=int(found[1], 16),
        span_id=int(found[2], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(found[3], 16)),
    )
    return set_span_in_context(NonRecordingSpan(parent), Context())


def record_span(
    name: str, *, traceparent: str, started: datetime, attributes: Attributes | None = None
) -> None:
    """Record a span that began at `started` and ends now, if its trace is sampled."""
    if not traceparent.endswith("-01"):
        return
    from opentelemetry import trace

    tracer = trace.get_tracer("services.kit")
    begun = tracer.start_span(
        name,
        context=_context(traceparent),
        attributes=attributes,
        start_time=int(started.timestamp() * 1_000_000_000),
    )
    begun.end()
