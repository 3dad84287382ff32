"""Results of changes and commands, as JSON and as HTTP answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sales.sync.v1 import records_pb2

from gateway.api import fragments, problems
from services.kit import rpc
from services.kit.errors import NotAllowedNow, SalesError, Stale

_OUTCOMES: Mapping[int, str] = {
    int(number): name.removeprefix("OUTCOME_").lower()
    for name, number in records_pb2.Outcome.items()
    if number
}


def outcome_name(outcome: int) -> str:
    """Return `applied`, `merged`, `conflict`, `refused` or `held`."""
    return _OUTCOMES.get(outcome, "refused")


def result_json(result: records_pb2.Result, language: str) -> dict[str, Any]:
    """Return a result as it stands in `POST /v1/changes`."""
    found: dict[str, Any] = {
        "id": result.id,
        "outcome": outcome_name(result.outcome),
        "duplicate": result.duplicate,
        "changed": result.changed,
        "version": result.version,
        "reason": "",
        "record": None,
    }
    if result.HasField("problem"):
        found.update(problems.describe(rpc.error_of(result.problem), language))
    if result.record.fragments:
        found["record"] = orjson.Fragment(fragments.joined(result.record))
    if result.conflicts:
        found["conflicts"] = list(result.conflicts)
    return found


def unsent(item_id: str, outcome: str, error: SalesError, language: str) -> dict[str, Any]:
    """Return the result of an item that no owner was given, or about which no owner answered."""
    return {
        "id": item_id,
        "outcome": outcome,
        "duplicate": False,
        "changed": False,
        "version": 0,
        "record": None,
        **problems.describe(error, language),
    }


def require_done(result: records_pb2.Result, *, conditional: bool = False) -> None:
    """Raise what kept a single change or command from doing what was asked.

    A conflict of a request with If-Match (`conditional`) is a failed precondition.

    Raises:
        Conflict: the fields that somebody else changed too.
        Stale: STALE, the same with If-Match.
        NotAllowedNow: HELD, an earlier change of the device waits for a decision.
        SalesError: what the owner refused it with.
    """
    if result.outcome == records_pb2.OUTCOME_CONFLICT and conditional:
        raise Stale("STALE", "the record moved on since that version")
    if result.outcome == records_pb2.OUTCOME_CONFLICT:
        raise problems.Conflict(result.conflicts)
    if result.outcome == records_pb2.OUTCOME_HELD:
        raise NotAllowedNow("HELD", "an earlier change of this device waits for a decision")
    if result.outcome == records_pb2.OUTCOME_REFUSED:
        raise rpc.error_of(result.problem)
