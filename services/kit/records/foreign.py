"""Reads of other owners, for what our copies do not know yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sales.sync.v1 import records_pb2, records_pb2_grpc

from services.kit import rpc
from services.kit.actor import SYSTEM
from services.kit.entities import BASE, entity
from services.kit.entities.canonical import values_of
from services.kit.errors import NotFound, Unavailable

#: A reader waits for the write that it belongs to: better an error than a long wait.
_TIMEOUT_S = 3.0


class ForeignRecords:
    """Reads records of other owners by gRPC, as the system."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self._targets = targets
        self._stubs: dict[str, records_pb2_grpc.RecordsServiceStub] = {}

    def __call__(self, entity_name: str, record_id: str) -> dict[str, Any] | None:
        """Return the record in the form of records_changed, None if its owner has none.

        Raises:
            Unavailable: the owner is away or not configured.
        """
        stub = self._stub(entity(entity_name).service)
        with rpc.acting(SYSTEM, timeout_s=_TIMEOUT_S):
            try:
                answer = stub.Get(records_pb2.GetRequest(entity=entity_name, id=record_id))
            except NotFound:
                return None
        return changed_record(answer.placed)

    def list(self, entity_name: str) -> list[dict[str, Any]]:
        """Return the values of the first records of an entity, the oldest first, as far as `base` goes.

        Raises:
            Unavailable: the owner is away or not configured.
        """
        stub = self._stub(entity(entity_name).service)
        with rpc.acting(SYSTEM, timeout_s=_TIMEOUT_S):
            answer = stub.List(records_pb2.ListRequest(entity=entity_name, order_by="created_at"))
        bodies = [
            next(each.body for each in record.fragments if each.facet == BASE) for record in answer.records
        ]
        return [values_of(entity(entity_name), body.decode(), {}) for body in bodies]

    def _stub(self, service: str) -> records_pb2_grpc.RecordsServiceStub:
        if service not in self._stubs:
            target = self._targets.get(service)
            if target is None:
                raise Unavailable("OWNER_AWAY", params={"service": service})
            self._stubs[service] = records_pb2_grpc.RecordsServiceStub(rpc.channel(target))
        return self._stubs[service]


def changed_record(placed: records_pb2.PlacedRecord) -> dict[str, Any]:
    """Return a placed record in the form in which records_changed carries it."""
    record, scope = placed.record, placed.scope
    return {
        "entity": record.entity,
        "id": record.id,
        "version": record.version,
        "parent_id": placed.parent_id,
        "owner_id": scope.owner_id,
        "team_id": scope.team_id,
        "territory_id": scope.territory_id,
        "product_line": scope.product_line,
        "shared_with": list(scope.shared_with),
        "deleted": placed.deleted,
        "alias_of": placed.alias_of,
        "fragments": {fragment.facet: fragment.body.decode() for fragment in record.fragments},
    }
