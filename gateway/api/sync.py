"""Copies for devices: `/v1/sync/…`. A bundle is passed on untouched, part by part, as sync compressed it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final

from sales.identity.v1 import service_pb2 as identity_pb2
from sales.sync.v1 import bundle_pb2
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from gateway.api import incoming
from gateway.api.answers import json_response
from gateway.api.callers import Callers
from gateway.api.owners import Owners
from gateway.api.routing import Methods
from gateway.api.sync_live import Live
from services.kit import rpc
from services.kit.errors import Invalid, NotFound, Violation

MEDIA_TYPE: Final = "application/x-ndjson"
#: The best first.
_ENCODINGS: Final = ("zstd", "gzip")
_NEVER_STORED: Final = {"Cache-Control": "no-store", "Vary": "Authorization, Cookie, Accept-Encoding"}

_Check = Callable[[object], bool]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_id(value: object) -> bool:
    return incoming.uuid_text(value) is not None


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _are_ids(value: object) -> bool:
    return isinstance(value, list) and all(_is_id(each) for each in value)


def _are_sums(value: object) -> bool:
    return isinstance(value, list) and all(_is_sum(each) for each in value)


def _is_sum(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"b", "n", "h"}
        and isinstance(value["b"], str)
        and isinstance(value["h"], str)
        and isinstance(value["n"], int)
        and 0 <= value["n"] < 1 << 63
    )


_REGISTER: Mapping[str, _Check] = {
    "device": _is_id,
    "name": _is_text,
    "platform": _is_text,
    "app": _is_text,
    "schema": _is_text,
}
_PULL: Mapping[str, _Check] = {
    "device": _is_id,
    "checkpoint": _is_text,
    "schema": _is_text,
    "groups": _are_texts,
    "awaited": _are_ids,
}
_VERIFY: Mapping[str, _Check] = {"device": _is_id, "checkpoint": _is_text, "sums": _are_sums}


class Sync:
    """The addresses of synchronisation."""

    def __init__(self, owners: Owners, callers: Callers, live: Live, *, call_timeout_s: float) -> None:
        self._owners = owners
        self._callers = callers
        self._live = live
        self._call_timeout_s = call_timeout_s

    def routes(self) -> list[BaseRoute]:
        """Return what is to be served."""
        handlers: dict[str, dict[str, Any]] = {
            "/v1/sync/devices": {"POST": self.register},
            "/v1/sync/devices/{id}:revoke": {"POST": self.revoke},
            "/v1/sync/devices/{id}:wipe": {"POST": self.wipe},
            "/v1/sync/profile": {"GET": self.profile},
            "/v1/sync/pull": {"POST": self.pull},
            "/v1/sync/verify": {"POST": self.verify},
            "/v1/sync/live": {"GET": self.live},
        }
        return [Route(path, Methods(path, **each)) for path, each in handlers.items()]

    async def register(self, request: Request) -> Response:
        """Make a device known; answer its lease."""
        actor = self._callers.actor(request)
        given = await _members(request, _REGISTER)
        wanted = bundle_pb2.RegisterDeviceRequest(
            device_id=given["device"].lower(),
            name=given.get("name", ""),
            platform=given.get("platform", ""),
            app_version=given.get("app", ""),
            schema_version=given.get("schema", ""),
        )
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            found = await self._owners.sync().RegisterDevice(wanted)
        self._live.begins_anew(wanted.device_id)
        return json_response(
            {"device": wanted.device_id, "lease_days": found.lease_days, "lease_until": found.lease_until},
            201,
        )

    async def revoke(self, request: Request) -> Response:
        """Lock a device out for good: it receives nothing any more, and its sessions end."""
        return await self._end(request, wipe=False)

    async def wipe(self, request: Request) -> Response:
        """Have a device's copy removed."""
        return await self._end(request, wipe=True)

    async def _end(self, request: Request, *, wipe: bool) -> Response:
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        device_id = incoming.uuid_text(request.path_params["id"])
        if device_id is None:
            raise NotFound("DEVICE_UNKNOWN", params={"device": request.path_params["id"][:100]})
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            await self._owners.sync().EndDevice(bundle_pb2.EndDeviceRequest(device_id=device_id, wipe=wipe))
            if not wipe:
                # After sync: whoever revokes the device that they hold could not repeat the call otherwise.
                wanted = identity_pb2.RevokeDeviceRequest(device_id=device_id)
                await self._owners.identity().RevokeDevice(wanted)
        return Response(status_code=204)

    async def profile(self, request: Request) -> Response:
        """Answer what a device of the caller could hold, by grant group and bucket."""
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            found = await self._owners.sync().GetProfile(bundle_pb2.GetProfileRequest())
        groups = [
            {
                "group": group.group,
                "rows": sum(bucket.rows for bucket in group.buckets),
                "bytes": sum(bucket.bytes for bucket in group.buckets),
                "scopes": [
                    {"b": bucket.bucket, "rows": bucket.rows, "bytes": bucket.bytes}
                    for bucket in group.buckets
                ],
            }
            for group in found.groups
        ]
        return json_response(
            {"modes": ["general", "partial"], "lease_days": found.lease_days, "groups": groups}
        )

    async def pull(self, request: Request) -> Response:
        """Stream a bundle; 204 if there is nothing new."""
        actor = self._callers.actor(request)
        given = await _members(request, _PULL)
        encoding = _encoding(request.headers.get("accept-encoding", ""))
        wanted = bundle_pb2.PullRequest(
            device_id=given["device"].lower(),
            checkpoint=given.get("checkpoint", ""),
            schema_version=given.get("schema", ""),
            groups=given.get("groups", ()),
            all_groups="groups" not in given,
            awaited=given.get("awaited", ()),
            encoding=encoding,
        )
        with rpc.acting(actor):
            parts = self._owners.sync().Pull(wanted)
            first = await anext(parts, None)
        if first is None:
            return Response(status_code=204)
        # A first copy over a slow line takes as long as it takes.
        request.scope["sales.time_limit"].reschedule(None)
        headers = {**_NEVER_STORED, "X-Accel-Buffering": "no"}
        if encoding:
            headers["Content-Encoding"] = encoding
        return StreamingResponse(_bytes(first, parts), media_type=MEDIA_TYPE, headers=headers)

    async def verify(self, request: Request) -> Response:
        """Answer the buckets that differ from the store's, in ranges of ids, and how to fetch just these."""
        actor = self._callers.actor(request)
        given = await _members(request, _VERIFY)
        wanted = bundle_pb2.VerifyRequest(
            device_id=given["device"].lower(),
            checkpoint=given.get("checkpoint", ""),
            sums=[
                bundle_pb2.BucketSum(bucket=each["b"], count=each["n"], sum=each["h"])
                for each in given.get("sums", ())
            ],
        )
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            found = await self._owners.sync().Verify(wanted)
        differ = [
            {
                "b": each.bucket,
                "ranges": [
                    {"t": part.entity, "from": part.from_id, "to": part.to_id, "n": part.count, "h": part.sum}
                    for part in each.ranges
                ],
            }
            for each in found.differences
        ]
        return json_response({"differ": differ, "checkpoint": found.checkpoint})

    async def live(self, request: Request) -> Response:
        """Stream pokes to a device: there may be something new, or its copy has to go."""
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        request.scope["sales.time_limit"].reschedule(None)
        events = self._live.events(actor, still_admitted=lambda: self._callers.actor(request))
        return StreamingResponse(events, media_type="text/event-stream", headers=_NEVER_STORED)


async def _bytes(first: Any, parts: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    yield first.part
    async for each in parts:
        yield each.part


async def _members(request: Request, known: Mapping[str, _Check]) -> dict[str, Any]:
    """Return the body's members, each of the right type; `device` is always needed.

    Raises:
        Invalid: INVALID_FIELDS.
    """
    incoming.parameters(request, ())
    given = await incoming.members(request)
    violations = [Violation(name[:100], "UNKNOWN_FIELD") for name in given if name not in known]
    violations += [
        Violation(name, "WRONG_TYPE")
        for name, is_right in known.items()
        if name in given and not is_right(given[name])
    ]
    if "device" not in given:
        violations.append(Violation("device", "REQUIRED"))
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    return given


def _encoding(accepted: str) -> str:
    """Return the best encoding that the client takes; those with `q=0` it does not take."""
    offers = [each.strip().replace(" ", "") for each in accepted.lower().split(",")]
    taken = {each.partition(";")[0] for each in offers if not each.endswith((";q=0", ";q=0.0"))}
    return next((each for each in _ENCODINGS if each in taken), "")
