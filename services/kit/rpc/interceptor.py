"""What happens round every handler of a server: actor, trace, deadline, rules, errors, metrics."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeAlias

import grpc
from google.protobuf.message import Message
from opentelemetry import trace

from services.kit.actor import Actor
from services.kit.errors import SalesError, Unauthenticated, Unavailable
from services.kit.rpc import metrics, validation
from services.kit.rpc.call import CURRENT, DEFAULT_TIMEOUT_S, Call
from services.kit.rpc.metadata import ACTOR, actor_from, trace_of
from services.kit.rpc.problems import STATUS, problem_metadata
from services.kit.telemetry.logs import get_logger

_log = get_logger(__name__)
_tracer = trace.get_tracer("services.kit.rpc")

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"

#: grpc tells a call without a deadline as one in the far future.
_FOREVER_S = 365 * 86400.0


class CallInterceptor(grpc.ServerInterceptor):
    """Wraps the handlers of our own services; health and reflection pass untouched."""

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Handler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Return the wrapped handler of the method."""
        handler = continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or not method.startswith("/sales."):
            return handler
        if handler.unary_unary is not None:
            return grpc.unary_unary_rpc_method_handler(
                _unary(method, handler.unary_unary),
                request_deserializer=handler.request_deserializer,
                response_serializer=handler.response_serializer,
            )
        if handler.unary_stream is not None:
            return grpc.unary_stream_rpc_method_handler(
                _streaming(method, handler.unary_stream),
                request_deserializer=handler.request_deserializer,
                response_serializer=handler.response_serializer,
            )
        raise NotImplementedError(f"{method}: our contracts have no requests as streams")


def _unary(method: str, behaviour: Callable[[Any, Any], Any]) -> Callable[[Message, Any], Any]:
    def handle(request: Message, context: grpc.ServicerContext) -> Any:
        with _serving(method, request, context):
            return behaviour(request, context)

    return handle


def _streaming(method: str, behaviour: Callable[[Any, Any], Any]) -> Callable[[Message, Any], Iterator[Any]]:
    def handle(request: Message, context: grpc.ServicerContext) -> Iterator[Any]:
        # grpc may take each message on another thread, so nothing may hang on a context variable between
        # two of them: each step runs in the call's context of its own.
        messages: Iterator[Any] | None = None
        while True:
            with _serving(method, request, context, endless=True):
                if messages is None:
                    messages = iter(behaviour(request, context))
                try:
                    message = next(messages)
                except StopIteration:
                    return
            yield message

    return handle


@contextmanager
def _serving(
    method: str, request: Message, context: grpc.ServicerContext, *, endless: bool = False
) -> Iterator[None]:
    """Serve one call (or one step of a stream) as its actor and leave as a gRPC status whatever is raised."""
    started = time.perf_counter()
    status = "OK"
    metadata: dict[str, str | bytes] = {item[0]: item[1] for item in context.invocation_metadata()}
    request_id = ""
    token = None
    metrics.IN_FLIGHT.inc()
    try:
        with _span(method, metadata):
            actor = _actor(metadata)
            request_id = actor.request_id
            token = CURRENT.set(Call(actor, _deadline(context, endless=endless)))
            validation.check(request)
            yield
    except SalesError as error:
        code = STATUS.get(error.kind, grpc.StatusCode.INTERNAL)
        status = code.name
        _abort(context, code, error)
    except NotImplementedError:
        status = "UNIMPLEMENTED"
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "not implemented")
    except Exception as error:
        aborted = context.code()  # type: ignore[attr-defined]  # since grpcio 1.45
        if aborted is not None:  # by the handler itself
            status = _name(aborted)
            raise
        status = "INTERNAL"
        _log.exception("call failed", rpc=method, request_id=request_id)
        hidden = SalesError("INTERNAL", "unexpected error", params={"request_id": request_id})
        hidden.__cause__ = error
        _abort(context, grpc.StatusCode.INTERNAL, hidden)
    finally:
        if token is not None:
            CURRENT.reset(token)
        metrics.IN_FLIGHT.dec()
        metrics.served(method, status).observe(time.perf_counter() - started)


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, error: SalesError) -> NoReturn:
    context.set_trailing_metadata(problem_metadata(error))
    context.abort(code, error.reason)


def _name(code: object) -> str:
    return code.name if isinstance(code, grpc.StatusCode) else str(code)


def _actor(metadata: dict[str, str | bytes]) -> Actor:
    encoded = metadata.get(ACTOR)
    if not isinstance(encoded, bytes):
        raise Unauthenticated("ACTOR_MISSING", f"a call needs the metadata {ACTOR}")
    return actor_from(encoded)


def _deadline(context: grpc.ServicerContext, *, endless: bool) -> float | None:
    """Return when the caller gives up; a call without a deadline gets ours, a stream may last."""
    left = context.time_remaining()
    if left is None or left > _FOREVER_S:
        return None if endless else time.monotonic() + DEFAULT_TIMEOUT_S
    if left <= 0:
        # It waited for a thread until nobody wanted the answer any more.
        raise Unavailable("DEADLINE_EXCEEDED", "the caller's time was over before a thread was free")
    return time.monotonic() + left


@contextmanager
def _span(method: str, metadata: dict[str, str | bytes]) -> Iterator[None]:
    with _tracer.start_as_current_span(
        method, context=trace_of(metadata), kind=trace.SpanKind.SERVER, record_exception=False
    ):
        yield
