"""Records over HTTP: reading one, listing, and writing one as a single change.

Generated from the contracts: an entity that is added to them is served without a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

import orjson
from sales.sync.v1 import records_pb2
from starlette.requests import Request
from starlette.responses import Response
from uuid_utils.compat import uuid7

from gateway.api import fragments, incoming, results
from gateway.api.answers import PRIVATE, json_bytes
from gateway.api.callers import Callers
from gateway.api.owners import Owners
from services.kit import rpc
from services.kit.actor import Actor
from services.kit.entities import Entity, all_entities
from services.kit.errors import Invalid, NotFound, Violation

LARGEST_PAGE = 500
LIST_PARAMETERS = ("search", "filter", "order_by", "page_size", "page_token")
#: Length in characters of each text parameter of a list.
_LONGEST_PARAMETER = 2000

#: Namespace of change ids made from Idempotency-Keys, and of record ids made from change ids.
_CHANGE_IDS = UUID("6f5d9b0e-52a1-5c7c-9b0e-3d1f7a8f6c01")
_RECORD_IDS = UUID("6f5d9b0e-52a1-5c7c-9b0e-3d1f7a8f6c02")


_COLLECTIONS: Mapping[tuple[str, str], Entity] = {
    (entity.service, entity.collection): entity for entity in all_entities().values()
}


def entity_at(request: Request) -> Entity:
    """Return the entity that the address names.

    Raises:
        NotFound: NO_SUCH_ADDRESS.
    """
    found = _COLLECTIONS.get((request.path_params["service"], request.path_params["collection"]))
    if found is None:
        raise NotFound("NO_SUCH_ADDRESS", "nothing is served at this address")
    return found


class Records:
    """`/v1/<service>/<collection>` and `/v1/<service>/<collection>/{id}`."""

    def __init__(self, owners: Owners, callers: Callers, *, call_timeout_s: float) -> None:
        self._owners = owners
        self._callers = callers
        self._call_timeout_s = call_timeout_s

    async def get(self, request: Request) -> Response:
        """Answer one record with its version as ETag; 304 if the caller has that version."""
        entity = entity_at(request)
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        wanted = records_pb2.GetRequest(entity=entity.name, id=incoming.record_id(request.path_params["id"]))
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            response = await self._owners.records(entity.service).Get(wanted)
        record = response.record
        headers = {"ETag": fragments.etag(record.version)}
        if incoming.matches(request.headers.get("if-none-match"), record.version):
            return Response(status_code=304, headers={**PRIVATE, **headers})
        return json_bytes(fragments.joined(record), headers=headers)

    async def list(self, request: Request) -> Response:
        """Answer a page of the records that the caller may see."""
        entity = entity_at(request)
        actor = self._callers.actor(request)
        wanted = _list_request(entity, incoming.parameters(request, LIST_PARAMETERS))
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            page = await self._owners.records(entity.service).List(wanted)
        records = b",".join([fragments.joined(record) for record in page.records])
        token = orjson.dumps(page.next_page_token)
        return json_bytes(b'{"records":[' + records + b'],"next_page_token":' + token + b"}")

    async def create(self, request: Request) -> Response:
        """Create a record: 201 with the record and its address."""
        entity = entity_at(request)
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        fields = await incoming.members(request)
        change_id = _change_id(request, actor)
        record_id = _own_id(fields.pop("id", None), change_id)
        item = {"op": "create", "record_id": record_id, "fields": fields}
        return await self._write(request, actor, entity, item, change_id=change_id)

    async def update(self, request: Request) -> Response:
        """Change the fields that the body names: 200 with the record."""
        entity = entity_at(request)
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        fields = await incoming.members(request)
        item = {"op": "update", "record_id": incoming.record_id(request.path_params["id"]), "fields": fields}
        return await self._write(request, actor, entity, item, change_id=_change_id(request, actor))

    async def delete(self, request: Request) -> Response:
        """Delete a record: 204."""
        entity = entity_at(request)
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        if await incoming.body(request):
            raise Invalid("BODY_NOT_EXPECTED", "a delete has no body")
        item = {"op": "delete", "record_id": incoming.record_id(request.path_params["id"])}
        return await self._write(request, actor, entity, item, change_id=_change_id(request, actor))

    async def _write(
        self, request: Request, actor: Actor, entity: Entity, item: dict[str, Any], *, change_id: str
    ) -> Response:
        """Apply one change and answer as its outcome asks.

        Without If-Match the item carries no base version, which means "whatever is there": the same item
        again is then the same request for the owner, and is answered as a duplicate.
        """
        base_version = incoming.if_match(request)
        item = {"id": change_id, "entity": entity.name, **item}
        if base_version is not None:
            item |= {"base_version": base_version, "strict": True}
        wanted = records_pb2.ApplyRequest(items=[records_pb2.Item(sent=orjson.dumps(item))])
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            (result,) = (await self._owners.records(entity.service).Apply(wanted)).results
        results.require_done(result, conditional=base_version is not None)
        return _written(entity, item, result)


def _written(entity: Entity, item: Mapping[str, Any], result: records_pb2.Result) -> Response:
    if item["op"] == "delete":
        return Response(status_code=204, headers=PRIVATE)
    headers = {"ETag": fragments.etag(result.version)}
    if item["op"] == "create":
        headers["Location"] = f"/v1/{entity.service}/{entity.collection}/{item['record_id']}"
    # Somebody may be allowed to write what they may not see.
    body = fragments.joined(result.record) if result.record.fragments else b"{}"
    return json_bytes(body, 201 if item["op"] == "create" else 200, headers)


def require_lengths(given: Mapping[str, str]) -> None:
    """Refuse parameters of a list that are longer than any that makes sense.

    Raises:
        Invalid: INVALID_PARAMETERS.
    """
    too_long = [name for name, value in given.items() if len(value) > _LONGEST_PARAMETER]
    if too_long:
        raise Invalid("INVALID_PARAMETERS", violations=[Violation(name, "TOO_LONG") for name in too_long])


def _list_request(entity: Entity, given: Mapping[str, str]) -> records_pb2.ListRequest:
    require_lengths(given)
    return records_pb2.ListRequest(
        entity=entity.name,
        search=given.get("search", ""),
        filter=given.get("filter", ""),
        order_by=given.get("order_by", ""),
        page_size=incoming.page_size(given.get("page_size", ""), largest=LARGEST_PAGE),
        page_token=given.get("page_token", ""),
    )


def _change_id(request: Request, actor: Actor) -> str:
    return change_id_for(request.headers.get("idempotency-key"), actor)


def change_id_for(key: str | None, actor: Actor) -> str:
    """Return the id of the change that a request asks for.

    The Idempotency-Key if it is a UUID; else one derived from the user and the key, so that the same key of
    another user is another change; without a key a new one.

    Raises:
        Invalid: INVALID_IDEMPOTENCY_KEY.
    """
    if key is None:
        return str(uuid7())
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise Invalid("INVALID_IDEMPOTENCY_KEY", "1 to 200 printable characters")
    return incoming.uuid_text(key) or str(uuid5(_CHANGE_IDS, f"{actor.user_id}:{key}"))


def _own_id(given: object, change_id: str) -> str:
    if given is None or given == "":
        return str(uuid5(_RECORD_IDS, change_id))
    found = incoming.uuid_text(given)
    if found is None:
        raise Invalid("INVALID_FIELDS", violations=[Violation("id", "INVALID_ID")])
    return found
