"""The web client: the files that its build left, and its start page for every address of its screens.

Files whose names carry a hash of their content are kept by browsers for a year; the start page, the service
worker and the manifest are asked for each time. Compressed copies lie beside the files, made by the build.
Which files there are is read once, so no address can lead outside the folder.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from gateway.api.pages import static_page
from gateway.api.routing import Methods, answer
from services.kit.errors import NotFound

START: Final = "/index.html"
_HASHED: Final = ("/assets/", "/kernel/")
_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK_EACH_TIME: Final = "no-cache"
#: What the system's table of media types may not know.
_TYPES: Final = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    media_type: str
    has_gzip: bool


class WebClient:
    """Serves the folder of a build; without one, a page that says what is missing."""

    def __init__(self, folder: Path) -> None:
        self._files = _files(folder)
        self._page = static_page("index.html")

    @property
    def is_built(self) -> bool:
        """Whether there is a client to serve."""
        return START in self._files

    async def start(self, request: Request) -> Response:
        """Answer `/`."""
        return self._send(START, request) if self.is_built else await self._page.get(request)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what no other route did: a file, or a screen's address; else there is nothing.

        Raises:
            NotFound: NO_SUCH_ADDRESS.
        """
        request = Request(scope, receive, send)
        path = request.url.path
        if path in self._files:
            scope["sales.route"] = "/assets/{file}" if path.startswith(_HASHED) else path
        elif self.is_built and _asks_for_a_screen(request):
            scope["sales.route"], path = "/{screen}", START
        else:
            raise NotFound("NO_SUCH_ADDRESS", "nothing is served at this address")

        async def get(_request: Request) -> Response:
            return self._send(path, request)

        response = await answer(request, {"GET": get})
        await response(scope, receive, send)

    def _send(self, path: str, request: Request) -> Response:
        file = self._files[path]
        headers = {"Cache-Control": _FOREVER if path.startswith(_HASHED) else _ASK_EACH_TIME}
        found = file.path
        if file.has_gzip:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("accept-encoding", ""):
                headers["Content-Encoding"] = "gzip"
                found = found.with_name(f"{found.name}.gz")
        response = FileResponse(found, media_type=file.media_type, headers=headers, stat_result=found.stat())
        if response.headers["etag"] in request.headers.get("if-none-match", ""):
            kept = {name: response.headers[name] for name in ("etag", "cache-control")}
            return Response(status_code=304, headers=kept)
        return response


def start_route(web: WebClient) -> Methods:
    """Return what answers `/`."""
    return Methods("/", GET=web.start)


def _asks_for_a_screen(request: Request) -> bool:
    """A browser that goes to an address, never a program that mistypes one of the API's."""
    wants_page = "text/html" in request.headers.get("accept", "")
    path = request.url.path
    named = path.rpartition("/")[2]
    return (
        wants_page
        and request.method in ("GET", "HEAD")
        and not path.startswith(("/v1/", *_HASHED))
        and "." not in named
    )


def _files(folder: Path) -> dict[str, _File]:
    found = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and path.suffix != ".gz":
            kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            address = "/" + path.relative_to(folder).as_posix()
            found[address] = _File(path, kind, path.with_name(f"{path.name}.gz").exists())
    return found
