"""Structured logs without personal data.

One JSON object per line on stdout. Only the fields of `FIELDS` leave the process: whatever else a caller
passes is left out and its name listed under `withheld`, so a name, a price or a mail body cannot slip into
a log by accident. For the same reason the text of an exception is written only for classes whose text names
code or connections, never record values (PostgreSQL quotes the row in its errors), and other libraries'
messages only from those of `TRUSTED`.

    _log = get_logger(__name__)
    _log.warning("handler failed", handler="copy_access", event_id=event.id, attempt=2)
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final
from uuid import UUID


@contextmanager
def _without(module: str) -> Iterator[None]:
    absent = object()
    before = sys.modules.get(module, absent)
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if before is absent:
            del sys.modules[module]
        else:
            sys.modules[module] = before  # type: ignore[assignment]


# structlog's console renderer takes rich if it finds it: 300 of its 390 ms of import, for colours that JSON
# has not.
with _without("rich"):
    import structlog

_FIELD_NAMES: Final = """
    event level time service role module logger withheld
    request_id user_id session_id device_id actor_id entity record_id change_id
    event_id event_type stream_seq epoch part parts publisher subscriber exchange routing_key queue queues
    handler timer attempt delay_s retry_in_s command action rpc grpc_code http_status http_method route
    outcome reason kind field duration_ms duration_s count size_bytes limit batch first_seq last_seq
    age_s lag_s
    host port pid signal file line revision leader version trace_id span_id
    error error_text error_causes sqlstate constraint stack
"""
FIELDS: Final = frozenset(_FIELD_NAMES.split())
"""What may be logged: ids, codes, counts, durations and names of our own things."""

TRUSTED: Final = ("kombu", "amqp", "alembic", "eventlet", "grpc", "uvicorn.error", "asyncio", "py.warnings")
"""Other libraries whose messages carry no data of ours; of the rest only the text before formatting is
kept.
"""

_PLAIN_ERRORS: Final = (OSError, ImportError, TypeError, AttributeError, NameError, RuntimeError, EOFError)
_REASON: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_MAX_TEXT: Final = 500
_MAX_FRAMES: Final = 12

EventDict = MutableMapping[str, Any]


def get_logger(name: str) -> Any:
    """The logger of a module; any keyword of `FIELDS` may be passed to its methods."""
    return structlog.get_logger(module=name)


def start_logs(service: str, role: str, *, level: str = "INFO") -> None:
    """Configure this process's logs, those of libraries included."""
    threshold = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    origin = {"service": service, "role": role}

    def add_origin(_: Any, __: str, fields: EventDict) -> EventDict:
        return {"time": _now(), **origin, **fields}

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            add_origin,
            summarise_exception,
            withhold,
            structlog.processors.JSONRenderer(serializer=json.dumps, ensure_ascii=False, default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_Forward()]
    root.setLevel(max(threshold, logging.WARNING))
    logging.captureWarnings(True)


def withhold(_: Any, __: str, fields: EventDict) -> EventDict:
    """Keep the fields that may be logged, name the others."""
    kept = {name: _plain(value) for name, value in fields.items() if name in FIELDS}
    withheld = sorted(name for name in fields if name not in FIELDS)
    if withheld:
        kept["withheld"] = withheld
    return kept


def summarise_exception(_: Any, __: str, fields: EventDict) -> EventDict:
    """Replace `exc_info` by what may be known of the exception."""
    found = fields.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    return {**fields, **describe(error)} if isinstance(error, BaseException) else fields


def describe(error: BaseException) -> dict[str, Any]:
    """Class, reason, SQLSTATE and place of an exception; its text only if that cannot quote a record."""
    known: dict[str, Any] = {"error": type(error).__name__, "stack": _frames(error.__traceback__)}
    causes = list(_causes(error))
    if len(causes) > 1:
        known["error_causes"] = [type(cause).__name__ for cause in causes[1:]]
    for cause in causes:
        reason = getattr(cause, "reason", None)
        if isinstance(reason, str) and _REASON.fullmatch(reason):
            known.setdefault("reason", reason)
        if sqlstate := getattr(cause, "sqlstate", None):
            known.setdefault("sqlstate", sqlstate)
            known.setdefault("constraint", getattr(getattr(cause, "diag", None), "constraint_name", None))
    if isinstance(error, _PLAIN_ERRORS) or type(error).__module__.partition(".")[0] in ("amqp", "kombu"):
        known["error_text"] = str(error)
    return known


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_MAX_FRAMES:]
    return [f"{'/'.join(frame.filename.rsplit('/', 3)[1:])}:{frame.lineno} {frame.name}" for frame in frames]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value[:_MAX_TEXT]
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value][:50]
    return type(value).__name__


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Forward(logging.Handler):
    """Sends what libraries log through the same processors."""

    def emit(self, record: logging.LogRecord) -> None:
        trusted = record.name.partition(".")[0] in TRUSTED or record.name in TRUSTED
        text = record.getMessage() if trusted else str(record.msg)
        fields: Mapping[str, Any] = {"logger": record.name, "exc_info": record.exc_info or None}
        structlog.get_logger().log(record.levelno, text, **fields)
