"""RecordsService: the generic gRPC interface of every owner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sales.common.v1 import error_pb2
from sales.sync.v1 import records_pb2, records_pb2_grpc

from services.kit import rpc, schema
from services.kit.actor import Actor
from services.kit.entities import BASE, SCOPE_FIELDS, Entity, all_entities
from services.kit.entities.canonical import values_of
from services.kit.errors import Forbidden, Invalid, NotFound, Violation
from services.kit.outbox.replay import replay
from services.kit.records.claims import Decision, problem_of
from services.kit.records.owner import Owner
from services.kit.records.parking import parked_page
from services.kit.records.reading import Reader, ReadRecord

_EXPORT_PAGE = 500

_OUTCOMES = {
    "applied": records_pb2.OUTCOME_APPLIED,
    "merged": records_pb2.OUTCOME_MERGED,
    "conflict": records_pb2.OUTCOME_CONFLICT,
    "refused": records_pb2.OUTCOME_REFUSED,
    "held": records_pb2.OUTCOME_HELD,
}


class RecordsServicer(records_pb2_grpc.RecordsServiceServicer):
    """Serves the records of one owner."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._reader = Reader(owner.database)

    def Get(self, request: records_pb2.GetRequest, context: Any) -> records_pb2.GetResponse:  # noqa: N802
        """Return one record; services also get its place."""
        actor = rpc.current_actor()
        entity = self._entity(request.entity)
        record_id = rpc.asked_id(request.id, "id")
        if actor.is_system:
            return records_pb2.GetResponse(placed=self._placed(entity, record_id))
        access = self._owner.access_book.get(actor)
        return records_pb2.GetResponse(record=record_message(self._reader.get(access, entity, record_id)))

    def List(self, request: records_pb2.ListRequest, context: Any) -> records_pb2.ListResponse:  # noqa: N802
        """Return a page of records."""
        access = self._owner.access_book.get(rpc.current_actor())
        records, token = self._reader.page(
            access,
            self._entity(request.entity),
            search=request.search,
            filter_text=request.filter,
            order_by=request.order_by,
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return records_pb2.ListResponse(records=[record_message(r) for r in records], next_page_token=token)

    def Apply(self, request: records_pb2.ApplyRequest, context: Any) -> records_pb2.ApplyResponse:  # noqa: N802
        """Apply changes and commands in order."""
        sent = [item.sent for item in request.items]
        results = self.apply(rpc.current_actor(), sent, with_records=not request.without_records)
        return records_pb2.ApplyResponse(results=results)

    def apply(
        self, actor: Actor, sent: Sequence[bytes], *, with_records: bool = True
    ) -> list[records_pb2.Result]:
        """Apply items for `actor`; also behind every typed command."""
        if actor.is_system:
            raise Forbidden("USER_REQUIRED", "changes have an author")
        decisions = self._owner.apply(actor, sent, with_records=with_records)
        return self._results(actor, decisions) if with_records else [_result(each, {}) for each in decisions]

    def _results(self, actor: Actor, decisions: Sequence[Decision]) -> list[records_pb2.Result]:
        """Answer each decision with its record: as the transaction left it, or read anew for known ids."""
        wanted: dict[str, set[str]] = {}
        for decision in decisions:
            if (
                decision.duplicate
                and decision.item.entity is not None
                and decision.outcome in ("applied", "merged", "conflict")
            ):
                wanted.setdefault(decision.item.entity.name, set()).add(decision.record_id)
        access = self._owner.access_book.get(actor)
        seen = {
            (name, record_id): record
            for name, ids in wanted.items()
            for record_id, record in self._reader.get_many(access, all_entities()[name], sorted(ids)).items()
        }
        return [_result(decision, seen) for decision in decisions]

    def ListParked(  # noqa: N802
        self, request: records_pb2.ListParkedRequest, context: Any
    ) -> records_pb2.ListParkedResponse:
        """Return open parked changes that the actor may see."""
        actor = rpc.current_actor()
        access = self._owner.access_book.get(actor)
        with self._owner.database.read() as connection:
            rows, token = parked_page(
                connection,
                actor,
                access,
                page_size=min(request.page_size or 50, 500),
                page_token=request.page_token,
            )
        return records_pb2.ListParkedResponse(parked=[_parked(row) for row in rows], next_page_token=token)

    def ResolveParked(  # noqa: N802
        self, request: records_pb2.ResolveParkedRequest, context: Any
    ) -> records_pb2.ResolveParkedResponse:
        """Close a parked change."""
        actor = rpc.current_actor()
        decision = self._owner.resolve(
            actor,
            change_id=UUID(rpc.asked_id(request.id, "id")),
            choice=request.choice,
            change=request.change.sent if request.HasField("change") else None,
        )
        response = records_pb2.ResolveParkedResponse()
        if decision is not None:
            response.result.CopyFrom(self._results(actor, [decision])[0])
        return response

    def Export(  # noqa: N802
        self, request: records_pb2.ExportRequest, context: Any
    ) -> Iterator[records_pb2.ExportResponse]:
        """Stream all records of the entities, deleted ones too, by entity and id."""
        _only_services()
        for name in sorted(request.entities):
            entity = self._entity(name)
            if name < request.after_entity:
                continue
            after = request.after_id if name == request.after_entity else ""
            yield from self._export(entity, after)

    def _export(self, entity: Entity, after: str) -> Iterator[records_pb2.ExportResponse]:
        table = self._owner.database.tables[entity.name]
        while True:
            with self._owner.database.engine.begin() as connection:
                epoch, seq = connection.execute(sa.text("select epoch, last_seq from outbox_counter")).one()
                placed = placed_records(connection, table, entity, after=after, limit=_EXPORT_PAGE)
            if not placed:
                return
            yield records_pb2.ExportResponse(records=placed, epoch=str(epoch), stream_seq=seq)
            after = placed[-1].record.id

    def Replay(  # noqa: N802
        self, request: records_pb2.ReplayRequest, context: Any
    ) -> Iterator[records_pb2.ReplayResponse]:
        """Stream events from the outbox again."""
        _only_services()
        with self._owner.database.read() as connection:
            for events in replay(
                connection,
                service=self._owner.database.service,
                epoch=UUID(rpc.asked_id(request.epoch, "epoch")),
                from_seq=request.from_seq,
                to_seq=request.to_seq,
            ):
                yield records_pb2.ReplayResponse(events=events)

    def _entity(self, name: str) -> Entity:
        entity = all_entities().get(name)
        if entity is None or entity.service != self._owner.database.service:
            raise Invalid(
                "INVALID_REQUEST", violations=[Violation("entity", "UNKNOWN_VALUE", "no such entity")]
            )
        return entity

    def _placed(self, entity: Entity, record_id: str) -> records_pb2.PlacedRecord:
        table = self._owner.database.tables[entity.name]
        query = _with_alias(table).where(table.c.id == UUID(record_id))
        with self._owner.database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound("RECORD_NOT_FOUND", params={"entity": entity.name, "id": record_id})
        return _place(entity, row)


def _only_services() -> None:
    if not rpc.current_actor().is_system:
        raise Forbidden("SERVICES_ONLY", "this call is for services")


def record_message(found: ReadRecord) -> records_pb2.Record:
    return records_pb2.Record(
        entity=found.entity,
        id=found.id,
        version=found.version,
        fragments=[
            records_pb2.Fragment(facet=facet, body=text.encode()) for facet, text in found.fragments.items()
        ],
    )


def placed_records(
    connection: sa.Connection, table: sa.Table, entity: Entity, *, after: str, limit: int
) -> list[records_pb2.PlacedRecord]:
    """Return the next records of an entity with what places them, deleted ones too, in the order of ids."""
    query = _with_alias(table).order_by(table.c.id).limit(limit)
    if after:
        query = query.where(table.c.id > UUID(after))
    return [_place(entity, row) for row in connection.execute(query)]


def _with_alias(table: sa.Table) -> sa.Select[Any]:
    """Return the question for records with what places them; a merged one names its survivor."""
    alias = schema.record_alias
    merged = sa.and_(alias.c.id == table.c.id, table.c.deleted)
    columns = (table.c.id, table.c.base_json, table.c.facets_json, alias.c.survivor_id)
    return sa.select(*columns).select_from(table.outerjoin(alias, merged))


def _place(entity: Entity, row: sa.Row[Any]) -> records_pb2.PlacedRecord:
    values = values_of(entity, row.base_json, {})
    fragments = {BASE: row.base_json, **row.facets_json}
    return records_pb2.PlacedRecord(
        record=record_message(ReadRecord(entity.name, values["id"], values["version"], fragments)),
        parent_id=values[entity.parent_field] if entity.parent_field else "",
        scope=records_pb2.Scope(**{name: values[name] for name in SCOPE_FIELDS if values.get(name)}),
        deleted=values["deleted"],
        alias_of=str(row.survivor_id or ""),
    )


def _result(decision: Decision, seen: Mapping[tuple[str, str], ReadRecord]) -> records_pb2.Result:
    item = decision.item
    result = records_pb2.Result(
        id=str(item.id),
        outcome=_OUTCOMES[decision.outcome],
        duplicate=decision.duplicate,
        changed=decision.changed,
        version=decision.version,
        conflicts=list(decision.conflicts),
    )
    if decision.error is not None:
        problem = problem_of(decision.error)
        violations = [error_pb2.Violation(**violation) for violation in problem.pop("violations")]
        result.problem.CopyFrom(error_pb2.Problem(**problem, violations=violations))
    found = decision.record
    if decision.duplicate and item.entity is not None:
        found = seen.get((item.entity.name, decision.record_id))
    if found is not None:
        result.record.CopyFrom(record_message(found))
    return result


def _parked(row: dict[str, Any]) -> records_pb2.ParkedChange:
    parked = records_pb2.ParkedChange(
        id=str(row["change_id"]),
        entity=row["entity"],
        record_id=str(row["record_id"] or ""),
        author_id=str(row["author_id"]),
        device_id=str(row["device_id"]),
        outcome=row["outcome"],
        sent=orjson.dumps(row["sent"]),
        theirs=orjson.dumps(row["theirs"]),
        conflicts=row["conflicts"],
        parked_at=row["parked_at"].isoformat().replace("+00:00", "Z"),
        holds=bool(row["holds"]),
    )
    if row["problem"]:
        problem = dict(row["problem"])
        violations = [error_pb2.Violation(**violation) for violation in problem.pop("violations")]
        parked.problem.CopyFrom(error_pb2.Problem(**problem, violations=violations))
    return parked


def register(server: rpc.Server, servicer: RecordsServicer) -> None:
    """Add the servicer to a server."""
    records_pb2_grpc.add_RecordsServiceServicer_to_server(servicer, server)
