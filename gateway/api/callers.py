"""Who makes a request: by bearer token or by the cookies of a browser session."""

from __future__ import annotations

from starlette.requests import Request

from gateway.api import incoming
from gateway.api.csrf import HEADER, Csrf
from gateway.api.tokens import Tokens
from gateway.api.watch import Watch
from services.kit.actor import Actor
from services.kit.errors import Unauthenticated

ACCESS_COOKIE = "__Host-access"
REFRESH_COOKIE = "__Host-refresh"
CSRF_COOKIE = "__Host-csrf"

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class Callers:
    """Turns a request's credentials into an actor."""

    def __init__(self, tokens: Tokens, watch: Watch, csrf: Csrf) -> None:
        self._tokens = tokens
        self._watch = watch
        self._csrf = csrf

    def actor(self, request: Request) -> Actor:
        """Return who calls. Cookies count only where no Authorization header is sent.

        Raises:
            Unauthenticated: TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED, SESSION_ENDED, DEVICE_REVOKED.
            Forbidden: CSRF_TOKEN_WRONG, a write by cookies without the session's token.
            Unavailable: IDENTITY_UNAVAILABLE.
        """
        header = request.headers.get("authorization")
        token = _bearer(header) if header is not None else request.cookies.get(ACCESS_COOKIE)
        if not token:
            raise Unauthenticated("TOKEN_MISSING", "sign in and send the access token")
        claims = self._tokens.verified(token)
        epoch = self._watch.admit(claims)
        if header is None and request.method not in _SAFE_METHODS:
            self._csrf.require(claims.session_id, request.headers.get(HEADER))
        return Actor(
            user_id=claims.user_id,
            session_id=claims.session_id,
            device_id=claims.device_id,
            grant_epoch=epoch,
            request_id=incoming.request_id(request),
            language=incoming.language(request),
        )


def nobody(request: Request) -> Actor:
    """Return the actor of calls before anybody has signed in; only identity's sign-in takes those."""
    return Actor(user_id=None, request_id=incoming.request_id(request), language=incoming.language(request))


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("TOKEN_INVALID", "Authorization must be: Bearer <access token>")
    return token.strip()
