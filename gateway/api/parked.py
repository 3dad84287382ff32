"""Parked changes of all owners in one list, and their resolution by the owner that the entity names."""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Any

import orjson
from sales.sync.v1 import records_pb2
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import incoming, problems, results
from gateway.api.answers import json_response
from gateway.api.callers import Callers
from gateway.api.owners import Owners
from services.kit import rpc
from services.kit.entities import all_entities, services
from services.kit.errors import Invalid, NotFound, SalesError, Violation

_LARGEST_PAGE = 200
_DEFAULT_PAGE = 50
PARAMETERS = ("page_size", "page_token")
_RESOLVE_MEMBERS = ("entity", "choice", "change")


class Parked:
    """`GET /v1/parked` and `POST /v1/parked/{id}:resolve`."""

    def __init__(self, owners: Owners, callers: Callers, *, call_timeout_s: float) -> None:
        self._owners = owners
        self._callers = callers
        self._call_timeout_s = call_timeout_s

    async def list(self, request: Request) -> Response:
        """Answer a page of parked changes, the oldest of each owner first.

        A page holds up to `page_size` of every owner. Owners that are away are named in `unavailable`, and
        asked again by the next token; only if all are away the call fails.
        """
        actor = self._callers.actor(request)
        given = incoming.parameters(request, PARAMETERS)
        size = incoming.page_size(given.get("page_size", ""), largest=_LARGEST_PAGE) or _DEFAULT_PAGE
        tokens = _read_tokens(given.get("page_token", ""))
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            pages = await asyncio.gather(
                *(self._page(owner, size, token) for owner, token in tokens.items()), return_exceptions=True
            )
        parked: list[dict[str, Any]] = []
        next_tokens: dict[str, str] = {}
        away: dict[str, SalesError] = {}
        for (owner, token), page in zip(tokens.items(), pages, strict=True):
            if isinstance(page, SalesError):
                away[owner] = page
                next_tokens[owner] = token
            elif isinstance(page, BaseException):
                raise page
            else:
                parked += [_parked_json(each, incoming.language(request)) for each in page.parked]
                if page.next_page_token:
                    next_tokens[owner] = page.next_page_token
        if away and len(away) == len(tokens):
            raise next(iter(away.values()))
        body: dict[str, Any] = {
            "parked": sorted(parked, key=lambda each: (each["parked_at"], each["id"])),
            "next_page_token": _token(next_tokens),
        }
        if away:
            body["unavailable"] = sorted(away)
        return json_response(body)

    async def _page(self, owner: str, size: int, token: str) -> records_pb2.ListParkedResponse:
        wanted = records_pb2.ListParkedRequest(page_size=size, page_token=token)
        page: records_pb2.ListParkedResponse = await self._owners.records(owner).ListParked(wanted)
        return page

    async def resolve(self, request: Request) -> Response:
        """Close a parked change: the result of the new change that `mine` and `edited` carry, else null."""
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        parked_id = incoming.uuid_text(request.path_params["id"])
        if parked_id is None:
            raise NotFound("PARKED_NOT_FOUND", params={"id": request.path_params["id"][:100]})
        wanted, owner = _resolution(parked_id, await incoming.members(request))
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            response = await self._owners.records(owner).ResolveParked(wanted)
        found = None
        if response.HasField("result"):
            found = results.result_json(response.result, incoming.language(request))
        return json_response({"result": found})


def _resolution(parked_id: str, body: dict[str, Any]) -> tuple[records_pb2.ResolveParkedRequest, str]:
    violations = [Violation(name[:100], "UNKNOWN_FIELD") for name in body if name not in _RESOLVE_MEMBERS]
    entity = all_entities().get(body["entity"]) if isinstance(body.get("entity"), str) else None
    if entity is None:
        violations.append(Violation("entity", "UNKNOWN_VALUE"))
    if not isinstance(body.get("choice"), str):
        violations.append(Violation("choice", "REQUIRED" if "choice" not in body else "WRONG_TYPE"))
    change = body.get("change")
    if change is not None and not isinstance(change, dict):
        violations.append(Violation("change", "WRONG_TYPE"))
    if violations or entity is None:
        raise Invalid("INVALID_FIELDS", violations=violations)
    wanted = records_pb2.ResolveParkedRequest(id=parked_id, entity=entity.name, choice=body["choice"])
    if change is not None:
        _require_same_owner(change, entity.service)
        wanted.change.sent = orjson.dumps(change)
    return wanted, entity.service


def _require_same_owner(change: dict[str, Any], owner: str) -> None:
    """Refuse a new change that another service would have to apply."""
    name = change.get("entity")
    found = all_entities().get(name) if isinstance(name, str) else None
    if found is None or found.service != owner:
        raise Invalid("INVALID_FIELDS", violations=[Violation("change.entity", "UNKNOWN_VALUE")])
    if incoming.uuid_text(change.get("id")) is None:
        raise Invalid("INVALID_FIELDS", violations=[Violation("change.id", "INVALID_ID")])


def _parked_json(parked: records_pb2.ParkedChange, language: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": parked.id,
        "entity": parked.entity,
        "record_id": parked.record_id,
        "author_id": parked.author_id,
        "device_id": parked.device_id,
        "outcome": parked.outcome,
        "reason": "",
        "sent": orjson.Fragment(parked.sent or b"null"),
        "theirs": orjson.Fragment(parked.theirs or b"{}"),
        "conflicts": list(parked.conflicts),
        "parked_at": parked.parked_at,
        "holds": parked.holds,
    }
    if parked.HasField("problem"):
        found.update(problems.describe(rpc.error_of(parked.problem), language))
    return found


def _token(tokens: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(tokens)).decode() if tokens else ""


def _read_tokens(token: str) -> dict[str, str]:
    """Return the owners that still have pages, with their tokens; without a token all of them."""
    if not token:
        return dict.fromkeys(services(), "")
    try:
        found = orjson.loads(base64.urlsafe_b64decode(token.encode("ascii")))
    except (ValueError, binascii.Error) as error:
        raise Invalid("INVALID_PAGE_TOKEN", "this page token was not given by the server") from error
    known = set(services())
    if (
        not isinstance(found, dict)
        or not found
        or not all(owner in known and isinstance(each, str) for owner, each in found.items())
    ):
        raise Invalid("INVALID_PAGE_TOKEN", "this page token was not given by the server")
    return found
