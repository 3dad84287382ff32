"""Signing in, refreshing, signing out: each method is one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from gateway.identity.adapters.passwords import Passwords
from gateway.identity.adapters.tokens import AccessTokens, TokenHolder, new_refresh_token, sha256_of
from gateway.identity.domain import sessions as rules
from gateway.identity.domain.users import folded_user_name
from gateway.identity.storage import accounts, sessions
from gateway.identity.storage.accounts import Account
from gateway.identity.storage.tables import session
from gateway.identity.usecases.telling import tell_gateways
from services.kit.actor import SYSTEM, Actor
from services.kit.database import Database
from services.kit.errors import Forbidden, SalesError, Unauthenticated
from services.kit.telemetry.logs import get_logger

_log = get_logger(__name__)


def utc_now() -> datetime:
    """The clock of a real installation."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Opened:
    """An open session as its holder gets it; `expires_at` is the access token's."""

    access_token: str
    refresh_token: str
    expires_at: datetime
    account: Account


class SigningIn:
    """The way into the system."""

    def __init__(
        self,
        database: Database,
        *,
        passwords: Passwords,
        tokens: AccessTokens,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._tokens = tokens
        self._clock = clock

    def sign_in(
        self,
        *,
        user_name: str,
        password: str,
        client: str = "",
        device_id: UUID | None = None,
        device_name: str = "",
    ) -> Opened:
        """Open a session for a user who knows the password, and register the device, if any.

        Unknown users, inactive ones and wrong passwords are refused alike, after the same work.

        Raises:
            Unauthenticated: WRONG_CREDENTIALS.
            Forbidden: DEVICE_OF_ANOTHER_USER, DEVICE_REVOKED.
        """
        with self._database.read() as connection:
            account = accounts.by_user_name(connection, folded_user_name(user_name))
        right = self._passwords.matches(account.password_hash if account else None, password)
        if account is None or account.inactive or not right:
            raise Unauthenticated("WRONG_CREDENTIALS", "user name and password do not fit")
        now = self._clock()
        with self._database.unit_of_work(SYSTEM, now=now) as uow:
            if not accounts.hold_password(uow.connection, account):
                raise Unauthenticated("WRONG_CREDENTIALS", "the password was changed meanwhile")
            if device_id is not None:
                _register_device(uow.connection, device_id, account.user_id, name=device_name, now=now)
            self._renew_hash(uow.connection, account, password, now=now)
            session_id: UUID = uuid7()
            sessions.start(
                uow.connection,
                session_id=session_id,
                user_id=account.user_id,
                device_id=device_id,
                client=client,
                now=now,
            )
            return self._open(uow.connection, account, session_id, device_id, now=now)

    def refresh(self, refresh_token: str) -> Opened:
        """Exchange a refresh token, once, for new tokens of its session.

        A token that comes a second time was stolen, or its thief came first: nobody can tell, so the session
        ends for both.

        Raises:
            Unauthenticated: REFRESH_TOKEN_INVALID, REFRESH_TOKEN_REUSED, SESSION_ENDED, SESSION_EXPIRED,
                DEVICE_REVOKED.
        """
        now = self._clock()
        with self._database.unit_of_work(SYSTEM, now=now) as uow:
            result = self._rotate(uow.connection, sha256_of(refresh_token), now=now)
        if isinstance(result, SalesError):
            if result.reason == "REFRESH_TOKEN_REUSED":
                tell_gateways(self._database)
            raise result
        return result

    def sign_out(self, actor: Actor) -> None:
        """End the session that the actor calls in; one that has ended stays as it is.

        Raises:
            Unauthenticated: SESSION_REQUIRED.
        """
        if actor.session_id is None:
            raise Unauthenticated("SESSION_REQUIRED", "there is no session to end")
        now = self._clock()
        with self._database.unit_of_work(SYSTEM, now=now) as uow:
            sessions.end(uow.connection, session.c.id == actor.session_id, cause=rules.SIGNED_OUT, now=now)
        tell_gateways(self._database)

    def _rotate(self, connection: sa.Connection, sha256: bytes, *, now: datetime) -> Opened | SalesError:
        """Errors are returned, not raised: the end of a session must be committed."""
        token = sessions.lock_token(connection, sha256)
        if token is None:
            return Unauthenticated("REFRESH_TOKEN_INVALID", "sign in again")
        if token.device_id is not None and sessions.is_revoked(connection, token.device_id):
            # Not only that its session is over: the device is to remove its copy.
            return Unauthenticated("DEVICE_REVOKED", "this device was revoked")
        if token.ended_at is not None:
            return Unauthenticated("SESSION_ENDED", "the session has ended; sign in again")
        if token.used_at is not None:
            same = session.c.id == token.session_id
            sessions.end(connection, same, cause=rules.REFRESH_TOKEN_REUSED, now=now)
            _log.warning("refresh token reused", session_id=str(token.session_id), user_id=str(token.user_id))
            return Unauthenticated("REFRESH_TOKEN_REUSED", "the refresh token was used before")
        if token.expires_at <= now:
            return Unauthenticated("SESSION_EXPIRED", "the session was not used for too long")
        account = accounts.by_id(connection, token.user_id)
        if account is None or account.inactive:
            return Unauthenticated("SESSION_ENDED", "the user is no longer active")
        sessions.mark_used(connection, sha256, session_id=token.session_id, now=now)
        return self._open(connection, account, token.session_id, token.device_id, now=now)

    def _open(
        self,
        connection: sa.Connection,
        account: Account,
        session_id: UUID,
        device_id: UUID | None,
        *,
        now: datetime,
    ) -> Opened:
        refresh_token = new_refresh_token()
        sessions.add_token(connection, sha256_of(refresh_token), session_id=session_id, now=now)
        expires_at = now + rules.ACCESS_LIFETIME
        holder = TokenHolder(account.user_id, session_id, device_id, account.epoch)
        access_token = self._tokens.issue(holder, now=now, expires_at=expires_at)
        return Opened(access_token, refresh_token, expires_at, account)

    def _renew_hash(
        self, connection: sa.Connection, account: Account, password: str, *, now: datetime
    ) -> None:
        if account.password_hash and self._passwords.is_outdated(account.password_hash):
            accounts.store_password(connection, account.user_id, self._passwords.hash(password), now=now)


def _register_device(
    connection: sa.Connection, device_id: UUID, user_id: UUID, *, name: str, now: datetime
) -> None:
    state = sessions.register_device(connection, device_id, user_id=user_id, name=name, now=now)
    if state.user_id != user_id:
        raise Forbidden("DEVICE_OF_ANOTHER_USER", "this device belongs to another user")
    if state.revoked_at is not None:
        raise Forbidden("DEVICE_REVOKED", "this device was revoked")
