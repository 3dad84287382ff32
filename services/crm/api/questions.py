"""Questions to the CRM: what is answered and changes nothing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson
from sales.crm.v1 import service_pb2, service_pb2_grpc

from services.crm.api.figures import Figures
from services.crm.usecases import duplicates, merging, search
from services.kit import rpc
from services.kit.permissions import Access, visible_facets
from services.kit.records.owner import Owner
from services.kit.records.places import chain_of


class CrmQuestions(service_pb2_grpc.CrmQuestionsServicer):
    """Answers within the caller's grants."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    def PreviewMerge(  # noqa: N802
        self, request: service_pb2.PreviewMergeRequest, context: Any
    ) -> service_pb2.PreviewMergeResponse:
        """Return what a merge would decide and move."""
        actor = rpc.current_actor()
        access = self._access()
        with self._owner.database.unit_of_work(actor) as uow:
            mine, theirs = (
                merging.visible_party(uow, access, rpc.asked_id(getattr(request, name), name))
                for name in ("party_id", "other_id")
            )
            facets = visible_facets(access, "crm", "read", chain_of(uow, mine))
            facets &= visible_facets(access, "crm", "read", chain_of(uow, theirs))
            fields = merging.preview(mine, theirs, facets)
            moved = {name: len(uow.children(name, theirs.id)) for name in merging.CHILDREN}
        return service_pb2.PreviewMergeResponse(
            fields=[
                service_pb2.MergedField(
                    name=each["name"],
                    **{side: orjson.dumps(each[side]).decode() for side in ("mine", "theirs", "merged")},
                )
                for each in fields
            ],
            moved=[service_pb2.MovedRecords(entity=name, count=n) for name, n in moved.items() if n],
        )

    def FindDuplicates(  # noqa: N802
        self, request: service_pb2.FindDuplicatesRequest, context: Any
    ) -> service_pb2.FindDuplicatesResponse:
        """Return parties that may be the one that is being typed."""
        typed = {field.name: getattr(request, field.name) for field in request.DESCRIPTOR.fields}
        proposals = duplicates.find_duplicates(self._owner.database, self._access(), typed)
        return service_pb2.FindDuplicatesResponse(
            duplicates=[service_pb2.Duplicate(**asdict(each)) for each in proposals]
        )

    def Search(  # noqa: N802
        self, request: service_pb2.SearchRequest, context: Any
    ) -> service_pb2.SearchResponse:
        """Return what answers the question."""
        found = search.search(self._owner.database, self._access(), request.q)
        return service_pb2.SearchResponse(found=[service_pb2.Found(**asdict(each)) for each in found])

    def _access(self) -> Access:
        return self._owner.access_book.get(rpc.current_actor())


def register(server: rpc.Server, owner: Owner) -> None:
    """Add the questions to a server."""
    service_pb2_grpc.add_CrmQuestionsServicer_to_server(CrmQuestions(owner), server)
    service_pb2_grpc.add_CrmFiguresServicer_to_server(Figures(owner), server)
