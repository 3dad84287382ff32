"""Signing in, refreshing, signing out: tokens in the body for programs, cookies for browsers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sales.identity.v1 import service_pb2
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import incoming, transcode
from gateway.api.answers import json_response
from gateway.api.callers import ACCESS_COOKIE, CSRF_COOKIE, REFRESH_COOKIE, Callers, nobody
from gateway.api.csrf import HEADER, Csrf
from gateway.api.owners import Owners
from gateway.api.problems import problem
from gateway.api.rates import SignInRates
from gateway.api.tokens import Tokens
from services.kit import rpc
from services.kit.errors import Invalid, Unauthenticated, Violation

_Session = service_pb2.SignInResponse | service_pb2.RefreshSessionResponse


class Sessions:
    """`/v1/session` and `/v1/session:refresh`."""

    def __init__(
        self,
        owners: Owners,
        callers: Callers,
        tokens: Tokens,
        csrf: Csrf,
        rates: SignInRates,
        *,
        call_timeout_s: float,
        cookie_lifetime_s: int,
    ) -> None:
        self._owners = owners
        self._callers = callers
        self._tokens = tokens
        self._csrf = csrf
        self._rates = rates
        self._call_timeout_s = call_timeout_s
        self._cookie_lifetime_s = cookie_lifetime_s

    async def sign_in(self, request: Request) -> Response:
        """Exchange name and password for a session. 401 says no more than that the two do not fit."""
        asked = transcode.request(service_pb2.SignInRequest, await incoming.members(request))
        _require_device_id(asked.device_id)
        self._rates.take(asked.user_name, request.client.host if request.client else "")
        with rpc.acting(nobody(request), timeout_s=self._call_timeout_s):
            session = await self._owners.identity().SignIn(asked)
        self._rates.forgive(asked.user_name)
        return self._answer(session, web=asked.client == "web")

    async def refresh(self, request: Request) -> Response:
        """Exchange a refresh token, once: from the body, or a browser's from its cookie."""
        asked = transcode.request(service_pb2.RefreshSessionRequest, await incoming.members(request))
        web = not asked.refresh_token
        if web:
            asked.refresh_token = self._cookie_token(request)
        try:
            with rpc.acting(nobody(request), timeout_s=self._call_timeout_s):
                session = await self._owners.identity().RefreshSession(asked)
        except Unauthenticated as error:
            if not web:
                raise
            refused = problem(
                error, language=incoming.language(request), request_id=incoming.request_id(request)
            )
            return _without_cookies(refused)
        return self._answer(session, web=web)

    async def sign_out(self, request: Request) -> Response:
        """End the caller's session, its refresh token included."""
        actor = self._callers.actor(request)
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            await self._owners.identity().SignOut(service_pb2.SignOutRequest())
        return _without_cookies(Response(status_code=204))

    def _cookie_token(self, request: Request) -> str:
        refresh, access = request.cookies.get(REFRESH_COOKIE), request.cookies.get(ACCESS_COOKIE)
        if not refresh or not access:
            raise Unauthenticated("REFRESH_TOKEN_MISSING", "send a refresh token, or the session's cookies")
        self._csrf.require(self._tokens.signed(access).session_id, request.headers.get(HEADER))
        return refresh

    def _answer(self, session: _Session, *, web: bool) -> Response:
        body = transcode.response(session)
        if not web:
            return json_response(body, headers={"Cache-Control": "no-store"})
        access, refresh = body.pop("access_token"), body.pop("refresh_token")
        answer = json_response(body, headers={"Cache-Control": "no-store"})
        csrf = self._csrf.token(self._tokens.signed(access).session_id)
        lifetime = self._cookie_lifetime_s
        # The access cookie outlives its token: a refresh still needs to know whose session it is.
        _set_cookie(answer, ACCESS_COOKIE, access, max_age_s=lifetime)
        _set_cookie(answer, REFRESH_COOKIE, refresh, max_age_s=lifetime)
        _set_cookie(answer, CSRF_COOKIE, csrf, max_age_s=lifetime, readable=True)
        return answer


def _set_cookie(answer: Response, name: str, value: str, *, max_age_s: int, readable: bool = False) -> None:
    answer.set_cookie(
        name, value, max_age=max_age_s, path="/", secure=True, httponly=not readable, samesite="strict"
    )


def _without_cookies(answer: Response) -> Response:
    for name in (ACCESS_COOKIE, REFRESH_COOKIE, CSRF_COOKIE):
        _set_cookie(answer, name, "", max_age_s=0, readable=name == CSRF_COOKIE)
    return answer


def _require_device_id(device_id: str) -> None:
    if device_id and incoming.uuid_text(device_id) is None:
        raise Invalid("INVALID_FIELDS", violations=[Violation("device_id", "INVALID_ID")])


def session_schema() -> Mapping[str, Any]:
    """Return which members a session has, for the OpenAPI document."""
    return transcode.fields(service_pb2.SignInResponse.DESCRIPTOR)
