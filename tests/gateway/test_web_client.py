"""The gateway serves the web client's build: what is kept, what is asked for, what is a screen."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from gateway.api.edge import Edge
from gateway.api.web import WebClient

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SCRIPT = b"console.log('the client')" * 20


def app_over(folder: Path) -> Edge:
    web = WebClient(folder)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await web(scope, receive, send)

    return Edge(app, max_body_bytes=1000, request_timeout_s=5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build = tmp_path / "dist"
    (build / "assets").mkdir(parents=True)
    (build / "index.html").write_text("<!doctype html><title>client</title>")
    (build / "sw.js").write_text("self")
    (build / "manifest.webmanifest").write_text("{}")
    (build / "assets" / "index-abc123.js").write_bytes(SCRIPT)
    (build / "assets" / "index-abc123.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "secret.txt").write_text("secret")
    return build


async def get(folder: Path, path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app_over(folder))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        return await client.get(path, headers=headers)


async def test_files_named_by_their_content_are_kept_for_a_year(folder: Path) -> None:
    answer = await get(folder, "/assets/index-abc123.js", **{"Accept-Encoding": "identity"})
    assert answer.content == SCRIPT
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "content-encoding" not in answer.headers


async def test_a_compressed_copy_is_sent_to_who_takes_it(folder: Path) -> None:
    answer = await get(folder, "/assets/index-abc123.js", **{"Accept-Encoding": "gzip, br"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.content == SCRIPT


@pytest.mark.parametrize("path", ["/index.html", "/sw.js", "/manifest.webmanifest"])
async def test_what_names_the_version_is_asked_for_each_time(folder: Path, path: str) -> None:
    answer = await get(folder, path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
    again = await get(folder, path, **{"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


@pytest.mark.parametrize("path", ["/customers", "/customers/0190b000-0000-7000-8000-000000000000", "/sync"])
async def test_every_address_of_a_screen_is_the_start_page(folder: Path, path: str) -> None:
    answer = await get(folder, path, **BROWSER)
    assert "<title>client</title>" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert "script-src 'self' 'wasm-unsafe-eval'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/index-old.js",
        "/v1/crm/nothing/at/all",
        "/favicon.ico",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
    ],
)
async def test_what_is_neither_file_nor_screen_is_not_there(folder: Path, path: str) -> None:
    answer = await get(folder, path, **BROWSER)
    assert answer.status_code == 404
    assert answer.json()["reason"] == "NO_SUCH_ADDRESS"


async def test_a_program_that_mistypes_an_address_gets_no_page(folder: Path) -> None:
    answer = await get(folder, "/customers", Accept="application/json")
    assert answer.status_code == 404


async def test_without_a_build_no_screen_is_served(tmp_path: Path) -> None:
    answer = await get(tmp_path / "nothing", "/customers", **BROWSER)
    assert answer.status_code == 404
    assert not WebClient(tmp_path / "nothing").is_built
