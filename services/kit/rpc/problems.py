"""SalesError <-> gRPC status with a Problem in the trailing metadata. The only such translation."""

from __future__ import annotations

from typing import Any, Protocol

import grpc
from sales.common.v1 import error_pb2

from services.kit.errors import KINDS, SalesError, Unavailable, Violation
from services.kit.rpc.metadata import PROBLEM

#: gRPC drops a call whose metadata is above 8 KiB; base64 adds a third.
_MAX_PROBLEM_BYTES = 4096

STATUS: dict[str, grpc.StatusCode] = {
    "invalid": grpc.StatusCode.INVALID_ARGUMENT,
    "unauthenticated": grpc.StatusCode.UNAUTHENTICATED,
    "forbidden": grpc.StatusCode.PERMISSION_DENIED,
    "not_found": grpc.StatusCode.NOT_FOUND,
    "stale": grpc.StatusCode.ABORTED,
    "not_allowed_now": grpc.StatusCode.FAILED_PRECONDITION,
    "unavailable": grpc.StatusCode.UNAVAILABLE,
    "internal": grpc.StatusCode.INTERNAL,
}

#: Statuses that gRPC itself makes, without a Problem, and what our callers do about them.
_TRANSPORT: dict[grpc.StatusCode, str] = {
    grpc.StatusCode.UNAVAILABLE: "OWNER_UNAVAILABLE",
    grpc.StatusCode.DEADLINE_EXCEEDED: "DEADLINE_EXCEEDED",
    grpc.StatusCode.CANCELLED: "CALL_CANCELLED",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "OWNER_OVERLOADED",
}


class FailedCall(Protocol):
    """What a failed call of either client (sync or aio) knows."""

    def code(self) -> grpc.StatusCode:
        """Return the status."""

    def details(self) -> str | None:
        """Return the status text."""

    def trailing_metadata(self) -> Any:
        """Return the pairs that the server sent at the end, or None."""


def problem_of(error: SalesError) -> error_pb2.Problem:
    """Return the error as a message, for metadata and for `Result.problem`."""
    return error_pb2.Problem(
        kind=error.kind,
        reason=error.reason,
        detail=error.detail,
        params=error.params,
        violations=[
            error_pb2.Violation(field=violation.field, reason=violation.reason, detail=violation.detail)
            for violation in error.violations
        ],
    )


def error_of(problem: error_pb2.Problem) -> SalesError:
    """Return the error that `problem_of` described."""
    return KINDS.get(problem.kind, SalesError)(
        problem.reason,
        problem.detail,
        params=dict(problem.params),
        violations=[Violation(wrong.field, wrong.reason, wrong.detail) for wrong in problem.violations],
    )


def problem_metadata(error: SalesError) -> tuple[tuple[str, bytes], ...]:
    """Return the trailing metadata; violations that would not fit are left out, the last ones first."""
    problem = problem_of(error)
    while problem.ByteSize() > _MAX_PROBLEM_BYTES and problem.violations:
        del problem.violations[len(problem.violations) // 2 :]
    if problem.ByteSize() > _MAX_PROBLEM_BYTES:
        problem.detail = problem.detail[:500]
        problem.params.clear()
    return ((PROBLEM, problem.SerializeToString()),)


def error_from_call(failed: FailedCall) -> SalesError:
    """Return the error that a failed call carried, or what a transport failure means to its caller."""
    for key, value in failed.trailing_metadata() or ():
        if key == PROBLEM and isinstance(value, bytes):
            return error_of(error_pb2.Problem.FromString(value))
    code = failed.code()
    if code in _TRANSPORT:
        return Unavailable(_TRANSPORT[code], failed.details() or "")
    return SalesError(code.name, failed.details() or "")
