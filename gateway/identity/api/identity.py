"""IdentityService: sign-in, accesses, and the stream that gateways follow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import orjson
from prometheus_client import Counter
from sales.identity.v1 import records_pb2, service_pb2, service_pb2_grpc

from gateway.identity.api.watchers import Watchers
from gateway.identity.usecases.accesses import access_json
from gateway.identity.usecases.accounts import revoke_device_for
from gateway.identity.usecases.signing_in import Opened, SigningIn, utc_now
from services.kit import rpc
from services.kit.access import AccessBook
from services.kit.database import Database
from services.kit.entities import as_message, entity
from services.kit.entities.canonical import time_text
from services.kit.errors import Forbidden, Invalid, SalesError, Violation

_sessions = Counter(
    "sales_identity_sessions_total", "Attempts to open or refresh a session.", ["what", "outcome"]
)


class IdentityServicer(service_pb2_grpc.IdentityServiceServicer):
    """Translates between the contract and the use cases."""

    def __init__(
        self, database: Database, signing_in: SigningIn, watchers: Watchers, book: AccessBook
    ) -> None:
        self._database = database
        self._book = book
        self._signing_in = signing_in
        self._watchers = watchers

    def SignIn(  # noqa: N802
        self, request: service_pb2.SignInRequest, context: rpc.ServicerContext
    ) -> service_pb2.SignInResponse:
        """Open a session."""
        with _counted("sign_in"):
            opened = self._signing_in.sign_in(
                user_name=request.user_name,
                password=request.password,
                client=request.client,
                device_id=_uuid(request.device_id, "device_id") if request.device_id else None,
                device_name=request.device_name,
            )
        return service_pb2.SignInResponse(
            access_token=opened.access_token,
            refresh_token=opened.refresh_token,
            expires_at=time_text(opened.expires_at),
            user=_user(opened),
        )

    def RefreshSession(  # noqa: N802
        self, request: service_pb2.RefreshSessionRequest, context: rpc.ServicerContext
    ) -> service_pb2.RefreshSessionResponse:
        """Exchange a refresh token."""
        with _counted("refresh"):
            opened = self._signing_in.refresh(request.refresh_token)
        return service_pb2.RefreshSessionResponse(
            access_token=opened.access_token,
            refresh_token=opened.refresh_token,
            expires_at=time_text(opened.expires_at),
            user=_user(opened),
        )

    def SignOut(  # noqa: N802
        self, request: service_pb2.SignOutRequest, context: rpc.ServicerContext
    ) -> service_pb2.SignOutResponse:
        """End the caller's session."""
        self._signing_in.sign_out(rpc.current_actor())
        return service_pb2.SignOutResponse()

    def RevokeDevice(  # noqa: N802
        self, request: service_pb2.RevokeDeviceRequest, context: rpc.ServicerContext
    ) -> service_pb2.RevokeDeviceResponse:
        """Lock a device out."""
        revoke_device_for(
            self._database, self._book, rpc.current_actor(), device_id=UUID(request.device_id), now=utc_now()
        )
        return service_pb2.RevokeDeviceResponse()

    def GetAccess(  # noqa: N802
        self, request: service_pb2.GetAccessRequest, context: rpc.ServicerContext
    ) -> service_pb2.GetAccessResponse:
        """Return an access to a service, which asks for itself or while it serves that very user."""
        user_id = _uuid(request.user_id, "user_id")
        actor = rpc.current_actor()
        if not actor.is_system and actor.user_id != user_id:
            raise Forbidden("SERVICES_ONLY", "this call is for services")
        body = orjson.loads(access_json(self._database, user_id, request.min_epoch))
        access = as_message(entity("identity.access"), body)
        assert isinstance(access, records_pb2.Access)
        return service_pb2.GetAccessResponse(access=access)

    def Watch(  # noqa: N802
        self, request: service_pb2.WatchRequest, context: rpc.ServicerContext
    ) -> Iterator[service_pb2.WatchResponse]:
        """Tell a gateway everything, then every change."""
        if not rpc.current_actor().is_system:
            raise Forbidden("SERVICES_ONLY", "this call is for services")
        with self._watchers.stream() as stream:
            context.add_callback(stream.end)
            yield from stream


@contextmanager
def _counted(what: str) -> Iterator[None]:
    try:
        yield
    except SalesError as error:
        _sessions.labels(what, error.reason).inc()
        raise
    _sessions.labels(what, "OPENED").inc()


def _user(opened: Opened) -> service_pb2.SessionUser:
    account = opened.account
    return service_pb2.SessionUser(
        id=str(account.user_id),
        user_name=account.user_name,
        display_name=account.display_name,
        language=account.language,
    )


def _uuid(text: str, name: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        violation = Violation(name, "INVALID_ID", "a UUID is expected")
        raise Invalid("INVALID_REQUEST", violations=[violation]) from error
