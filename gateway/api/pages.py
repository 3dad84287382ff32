"""Pages that the gateway itself shows: what this is, and the API's reference. No third-party requests."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


class Page:
    """One file, held in memory and named by its content's hash."""

    def __init__(self, body: bytes, media_type: str) -> None:
        self._body = body
        self._media_type = media_type
        self._etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'

    async def get(self, request: Request) -> Response:
        """Answer the file; 304 if the reader has it."""
        headers = {"ETag": self._etag, "Cache-Control": "no-cache"}
        if self._etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(self._body, headers=headers, media_type=self._media_type)


def static_page(name: str) -> Page:
    """Return a file of `static/`."""
    path = _FOLDER / name
    return Page(path.read_bytes(), _TYPES[path.suffix])
