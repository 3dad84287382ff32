"""RPCs that the contracts give an address (google.api.http): commands such as
`/v1/offers/offers/{id}:accept`.

Served from the annotation alone. Identity's session methods have addresses too, but cookies of their own:
those live in `sessions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import incoming, results, transcode
from gateway.api.answers import json_response
from gateway.api.callers import Callers
from gateway.api.owners import Owners
from gateway.api.records import change_id_for
from services.kit import rpc
from services.kit.entities import Command, all_commands
from services.kit.errors import Invalid, NotFound, Violation

_COMMAND_PATH = re.compile(r"/v1/([a-z_]+)/([a-z-]+)/\{id\}:([a-z_]+)")


@dataclass(frozen=True, slots=True)
class Address:
    """A command and where it is served."""

    service: str
    collection: str
    verb: str
    command: Command


@lru_cache(maxsize=1)
def addresses() -> Mapping[tuple[str, str, str], Address]:
    """Return every command by service, collection and verb."""
    return {(each.service, each.collection, each.verb): each for each in _addresses()}


def _addresses() -> Iterator[Address]:
    for command in all_commands().values():
        found = _COMMAND_PATH.fullmatch(command.path)
        if found is None:
            raise ValueError(f"{command.method.full_name}: {command.path} is no command's address")
        yield Address(found[1], found[2], found[3], command)


class Commands:
    """`POST /v1/<service>/<collection>/{id}:<verb>`."""

    def __init__(self, owners: Owners, callers: Callers, *, call_timeout_s: float) -> None:
        self._owners = owners
        self._callers = callers
        self._call_timeout_s = call_timeout_s

    async def run(self, request: Request) -> Response:
        """Run the command and answer its result; a refusal is a problem with its status."""
        params = request.path_params
        address = addresses().get((params["service"], params["collection"], params["verb"]))
        if address is None:
            raise NotFound("NO_SUCH_ADDRESS", "nothing is served at this address")
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        record_id = incoming.record_id(params["id"])
        body = await incoming.members(request)
        default_change_id = change_id_for(request.headers.get("idempotency-key"), actor)
        wanted = _request(address.command, body, record_id, default_change_id, incoming.if_match(request))
        method: MethodDescriptor = address.command.method
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            response = await self._owners.method(address.service, method)(wanted)
        results.require_done(response.result)
        return json_response({"result": results.result_json(response.result, actor.language)})


def _request(
    command: Command,
    body: dict[str, Any],
    record_id: str,
    default_change_id: str,
    if_match: int | None,
) -> Message:
    """Return the typed request. Id, change id and version may stand in the body too, if they say the same."""
    given_id, given_version = body.get("id"), body.get("base_version")
    violations = []
    if given_id is not None and incoming.uuid_text(given_id) != record_id:
        violations.append(Violation("id", "DIFFERS_FROM_ADDRESS"))
    change_id = body.get("change_id")
    if change_id in (None, ""):
        change_id = default_change_id
    elif incoming.uuid_text(change_id) is None:
        violations.append(Violation("change_id", "INVALID_ID"))
    if given_version is not None and if_match is not None and given_version != if_match:
        violations.append(Violation("base_version", "DIFFERS_FROM_IF_MATCH"))
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    full = {**body, "id": record_id, "change_id": change_id}
    if if_match is not None:
        full["base_version"] = if_match
    return transcode.request(GetMessageClass(command.method.input_type), full)
