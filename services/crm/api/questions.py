"""Questions to the CRM: what is answered and changes nothing."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import orjson
from sales.crm.v1 import service_pb2, service_pb2_grpc

from services.crm.api.calendars import CalendarFeeds, Calendars
from services.crm.api.exports import Exports
from services.crm.api.figures import Figures
from services.crm.domain.relationships import KINDS
from services.crm.usecases import duplicates, handovers, merging, passages, relationships
from services.crm.usecases.relationships import Related
from services.crm.usecases.search import Search
from services.kit import rpc
from services.kit.company_time import company_date
from services.kit.entities import entity
from services.kit.permissions import Access, visible_facets
from services.kit.records.owner import Owner
from services.kit.records.places import chain_of
from services.kit.records.reading import Reader


class CrmQuestions(service_pb2_grpc.CrmQuestionsServicer):
    """Answers within the caller's grants."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._reader = Reader(owner.database)
        self._search = Search(owner.database)

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
            fields = merging.preview(mine, theirs, facets, uow.definitions.hidden("crm.party", mine.values))
            moved = {name: len(uow.children(name, theirs.id)) for name in merging.CHILDREN}
            pointed = merging.pointed_at(uow, mine, theirs)
        return service_pb2.PreviewMergeResponse(
            fields=[
                service_pb2.MergedField(
                    name=each["name"],
                    **{side: orjson.dumps(each[side]).decode() for side in ("mine", "theirs", "merged")},
                )
                for each in fields
            ],
            moved=[service_pb2.MovedRecords(entity=name, count=n) for name, n in moved.items() if n],
            pointed=pointed,
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
        found = self._search(self._access(), request.q)
        return service_pb2.SearchResponse(found=[service_pb2.Found(**asdict(each)) for each in found])

    def ListRelationships(  # noqa: N802
        self, request: service_pb2.ListRelationshipsRequest, context: Any
    ) -> service_pb2.ListRelationshipsResponse:
        """Return a party's relationships, read from its side."""
        party_id = self._visible(request.party_id)
        found = relationships.related(self._owner.database, self._access(), party_id, day=_today())
        return service_pb2.ListRelationshipsResponse(relationships=[_related(each) for each in found])

    def ListRelationshipKinds(  # noqa: N802
        self, request: service_pb2.ListRelationshipKindsRequest, context: Any
    ) -> service_pb2.ListRelationshipKindsResponse:
        """Return every kind with its readings."""
        return service_pb2.ListRelationshipKindsResponse(
            kinds=[
                service_pb2.RelationshipReading(
                    kind=name,
                    forward_it=kind.forward.it,
                    forward_en=kind.forward.en,
                    backward_it=kind.backward.it,
                    backward_en=kind.backward.en,
                    party_kinds=kind.party,
                    other_kinds=kind.other,
                )
                for name, kind in KINDS.items()
            ]
        )

    def GetHierarchy(  # noqa: N802
        self, request: service_pb2.GetHierarchyRequest, context: Any
    ) -> service_pb2.GetHierarchyResponse:
        """Return the group of companies that a party belongs to."""
        party_id = self._visible(request.party_id)
        day = rpc.asked_day(request.day, "day") or _today()
        members = relationships.hierarchy(self._owner.database, self._access(), party_id, day=day)
        return service_pb2.GetHierarchyResponse(
            members=[service_pb2.GroupMember(**asdict(each)) for each in members]
        )

    def ListPassages(  # noqa: N802
        self, request: service_pb2.ListPassagesRequest, context: Any
    ) -> service_pb2.ListPassagesResponse:
        """Return to whom a party has belonged."""
        party_id = self._visible(request.party_id)
        with self._owner.database.read() as connection:
            found = passages.passages_of(connection, party_id)
        return service_pb2.ListPassagesResponse(
            passages=[service_pb2.Passage(**asdict(each)) for each in found]
        )

    def PreviewHandover(  # noqa: N802
        self, request: service_pb2.PreviewHandoverRequest, context: Any
    ) -> service_pb2.PreviewHandoverResponse:
        """Return what a handover would do."""
        access = self._access()
        handover_id = rpc.asked_id(request.handover_id, "handover_id")
        with self._owner.database.unit_of_work(rpc.current_actor()) as uow:
            row = handovers.visible_handover(uow, access, handover_id)
            moved, refused = handovers.preview(uow, access, row)
        return service_pb2.PreviewHandoverResponse(
            moved=[service_pb2.MovedRecords(entity=name, count=n) for name, n in moved.items() if n],
            refused=[service_pb2.RefusedParties(reason=name, count=n) for name, n in refused.items()],
        )

    def GetHandoverResult(  # noqa: N802
        self, request: service_pb2.GetHandoverResultRequest, context: Any
    ) -> service_pb2.GetHandoverResultResponse:
        """Return what became of each party of a handover."""
        access = self._access()
        handover_id = rpc.asked_id(request.handover_id, "handover_id")
        after = rpc.asked_id(request.page_token, "page_token") if request.page_token else ""
        with self._owner.database.unit_of_work(rpc.current_actor()) as uow:
            handovers.visible_handover(uow, access, handover_id)
            found, token = handovers.result(uow, access, handover_id, outcome=request.outcome, after=after)
        parties = [service_pb2.HandedOver(**asdict(each)) for each in found]
        return service_pb2.GetHandoverResultResponse(parties=parties, next_page_token=token)

    def _visible(self, text: str) -> str:
        """Return the id of a party that the caller may see: the survivor's, if it was merged."""
        party_id = rpc.asked_id(text, "party_id")
        return self._reader.get(self._access(), entity("crm.party"), party_id).id

    def _access(self) -> Access:
        return self._owner.access_book.get(rpc.current_actor())


def _related(each: Related) -> service_pb2.RelatedParty:
    fields = asdict(each)
    reading = fields.pop("reading")
    return service_pb2.RelatedParty(**fields, reading_it=reading["it"], reading_en=reading["en"])


def _today() -> date:
    return company_date(datetime.now(UTC))


def register(server: rpc.Server, owner: Owner) -> None:
    """Add the questions to a server."""
    service_pb2_grpc.add_CrmQuestionsServicer_to_server(CrmQuestions(owner), server)
    service_pb2_grpc.add_CrmFiguresServicer_to_server(Figures(owner), server)
    service_pb2_grpc.add_CrmCalendarsServicer_to_server(Calendars(owner), server)
    service_pb2_grpc.add_CrmFeedsServicer_to_server(CalendarFeeds(owner), server)
    service_pb2_grpc.add_CrmExportsServicer_to_server(Exports(owner), server)
