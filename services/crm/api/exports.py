"""What files of parties hold beside the parties: one question for a page of them."""

from __future__ import annotations

from typing import Any

from sales.crm.v1 import service_pb2, service_pb2_grpc

from services.crm.usecases.belongings import belongings
from services.kit import rpc
from services.kit.records.owner import Owner
from services.kit.records.reading import Reader
from services.kit.records.serving import record_message


class Exports(service_pb2_grpc.CrmExportsServicer):
    """Answers within the caller's grants."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._reader = Reader(owner.database)

    def ListBelongings(  # noqa: N802
        self, request: service_pb2.ListBelongingsRequest, context: Any
    ) -> service_pb2.ListBelongingsResponse:
        """Return what is shown with parties in one row."""
        access = self._owner.access_book.get(rpc.current_actor())
        party_ids = [rpc.asked_id(each, "party_ids") for each in request.party_ids]
        found = belongings(self._reader, access, party_ids)
        return service_pb2.ListBelongingsResponse(records=[record_message(each) for each in found])
