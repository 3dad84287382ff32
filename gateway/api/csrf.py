"""Cross-site request forgery: a write with cookies must also bring a header that only our own pages can read.

The token is an HMAC of the session under the gateways' key: nothing is stored, another session's token is
worthless, and it stays the same through refreshes, so a page with two tabs has no race. The cookies are
SameSite=Strict besides.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path
from uuid import UUID

from services.kit.errors import Forbidden

HEADER = "x-csrf-token"
_FILE = "csrf.key"


class Csrf:
    """Makes and checks the tokens."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, session_id: UUID) -> str:
        """Return the token of a session."""
        digest = hmac.digest(self._key, b"csrf:" + session_id.bytes, hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def require(self, session_id: UUID, given: str | None) -> None:
        """Refuse a write whose header is not the session's token.

        Raises:
            Forbidden: CSRF_TOKEN_WRONG.
        """
        if not hmac.compare_digest(self.token(session_id).encode(), (given or "").encode()):
            raise Forbidden("CSRF_TOKEN_WRONG", "a write with cookies needs the header X-CSRF-Token")


def read_key(configured: str, secrets_dir: Path) -> bytes:
    """Return the gateways' key: the configured one, or one kept in `secrets_dir`, made at the first start."""
    if configured:
        return configured.encode()
    path = secrets_dir / _FILE
    if not path.exists():
        secrets_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Linked into place when complete: a second gateway that starts now reads all of it or makes none.
        with tempfile.NamedTemporaryFile("w", dir=secrets_dir) as made, contextlib.suppress(FileExistsError):
            made.write(secrets.token_urlsafe(32))
            made.flush()
            os.link(made.name, path)
    return path.read_text().strip().encode()
