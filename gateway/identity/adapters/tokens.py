"""Access tokens (ES256) and refresh tokens.

An access token names user, session, device and grant epoch, nothing else: rights are looked up, so that a
change of them binds at once. A refresh token is 256 random bits; we keep its SHA-256 only.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import jwt

from gateway.identity.adapters.keys import KeyRing

_REFRESH_BYTES = 32


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Whom an access token is for."""

    user_id: UUID
    session_id: UUID
    device_id: UUID | None
    epoch: int


class AccessTokens:
    """Signs access tokens."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def issue(self, holder: TokenHolder, *, now: datetime, expires_at: datetime) -> str:
        """Return a token with the claims sub, sid, device (absent without one), epoch, iat and exp."""
        claims: dict[str, str | int] = {
            "sub": str(holder.user_id),
            "sid": str(holder.session_id),
            "epoch": holder.epoch,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        if holder.device_id:
            claims["device"] = str(holder.device_id)
        key = self._keys.signing()
        return jwt.encode(claims, key.private, algorithm="ES256", headers={"kid": key.id})


def new_refresh_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_urlsafe(_REFRESH_BYTES)


def sha256_of(token: str) -> bytes:
    """Return what is stored of a refresh token. Without salt: 256 random bits need none."""
    return hashlib.sha256(token.encode()).digest()
