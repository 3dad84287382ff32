"""A gateway for the web client: the built client and a copy of invented records, nothing behind it.

So what is judged and measured is the client: the server's part of a first sync has figures of its own
(`tests/bench/sync.py`).
"""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from services.local.ports import random_free
from tests.web.browser import BUILD

USER: Final = "01900000-0000-7000-8000-000000000001"
BIG_OFFER: Final = "01900005-0000-7000-8000-000000000001"
_REVISION: Final = "01900006-0000-7000-8000-000000000001"
_LINES: Final = 400
_ARTICLES: Final = 500
_TYPES: Final = {
    ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css",
    ".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2", ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json", ".zip": "application/zip", ".json": "application/json",
}  # fmt: skip
_NAMES: Final = ("Rossi", "Bianchi", "Ferrari", "Colombo", "Ricci", "Marino", "Galli", "Conti", "Mancini")
_TRADES: Final = ("Officine", "Carpenteria", "Meccanica", "Industrie", "Lattoneria", "Torneria")
_CREATED: Final = "2026-11-01T09:00:00Z"


def party_id(number: int) -> str:
    """Return the id of the `number`th party."""
    return f"01900001-0000-7000-8000-{number:012d}"


def party_name(number: int) -> str:
    """Return its name."""
    return f"{_TRADES[number % 6]} {_NAMES[number % 9]} {number:05d} S.r.l."


def party_state(number: int) -> str:
    """Return its state: every tenth is none of the company's customers yet."""
    return "prospect" if number % 10 == 0 else "customer"


def _records(parties: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for number in range(parties):
        yield (
            "crm.party",
            {
                "id": party_id(number),
                "name": party_name(number),
                "kind": "company",
                "state": party_state(number),
                "roles": ["customer"],
                "vat_number": f"IT{10_000_000_000 + number * 7_919}",
                "sdi_code": "M5UXCR1",
                "pec": f"ditta{number}@pec.example",
                "country": "IT",
                "website": f"https://www.ditta{number}.example",
                "erp_code": f"C{number:05d}",
                "payment_terms": "30/60 gg d.f. fine mese",
                "notes": "Stanno ampliando il capannone: la nuova linea parte a primavera. " * 3,
                "owner_id": USER,
            },
        )
    for number in range(_ARTICLES):
        yield (
            "offers.article",
            {
                "id": f"01900014-0000-7000-8000-{number:012d}",
                "code": f"ART{number:03d}",
                "description": f"Articolo {number:03d}",
                "unit": "pz",
                "vat_rate": "22",
                "status": "active",
            },
        )
    offer = {"id": BIG_OFFER, "party_id": party_id(0), "number": "OFF-2026-00001", "title": "Linea completa"}
    yield "offers.offer", {**offer, "state": "in_work", "owner_id": USER, "offer_date": "2026-11-01"}
    revision = {"id": _REVISION, "offer_id": BIG_OFFER, "ordinal": 1, "state": "draft", "currency": "EUR"}
    yield "offers.revision", {**revision, "language": "it", "header_discounts": "3"}
    for number in range(_LINES):
        yield (
            "offers.line",
            {
                "id": f"01900012-0000-7000-8000-{number:012d}",
                "revision_id": _REVISION,
                "position": (number + 1) * 10,
                "kind": "item",
                "presence": "standard",
                "code": f"ART{number:03d}",
                "description": f"Articolo {number:03d} in acciaio zincato",
                "quantity": str(number % 7 + 1),
                "unit": "pz",
                "unit_price": f"{100 + number}.50",
                "discounts": "10+5",
                "vat_rate": "22",
            },
        )


def _bundle(parties: int) -> bytes:
    """Return everything as one bundle of the protocol."""
    sums: dict[str, tuple[int, int]] = {}
    lines = []
    for number, (name, values) in enumerate(_records(parties), start=1):
        bucket = f"{name.split('.')[0]}/all"
        digest = number * 0x9E3779B97F4A7C15 % 2**64
        count, total = sums.get(bucket, (0, 0))
        sums[bucket] = (count + 1, (total + digest) % 2**64)
        body = {"version": 1, "created_at": _CREATED, "updated_at": _CREATED, **values}
        head = {"k": "put", "s": number, "b": [bucket], "t": name, "f": "base", "i": values["id"], "v": 1}
        lines.append({**head, "h": f"{digest:016x}", "d": body})
    backfill = [{"b": bucket, "rows": count, "bytes": 600 * count} for bucket, (count, _) in sums.items()]
    plan = {"k": "plan", "gen": 1, "h0": len(lines), "drop": [], "backfill": backfill}
    told = [{"b": bucket, "n": count, "h": f"{total:016x}"} for bucket, (count, total) in sums.items()]
    done = {"k": "done", "checkpoint": "c1", "seen": [], "epochs": {}, "sums": told}
    frames = (plan, *lines, done)
    return gzip.compress(b"".join(map(_line, frames)), 1)


def _line(frame: dict[str, Any]) -> bytes:
    return json.dumps(frame, separators=(",", ":")).encode() + b"\n"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that has gone is none."""


class Stage:
    """Listens on a port of its own until it is stopped; can be started again at the same one."""

    def __init__(self, parties: int) -> None:
        self.port = random_free()
        self._bundle = _bundle(parties)
        self._server: _Server | None = None
        self._over = threading.Event()
        self.start()

    @property
    def address(self) -> str:
        """What the browser is told."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Answer from now on."""
        self._over = threading.Event()
        handler = type("Handler", (_Handler,), {"bundle": self._bundle, "over": self._over})
        self._server = _Server(("127.0.0.1", self.port), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Be gone: no connection is taken, open streams end."""
        self._over.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Handler(BaseHTTPRequestHandler):
    bundle: bytes
    over: threading.Event
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/v1/sync/live":
            self._live()
        elif path == "/v1/sync/profile":
            self._json({"groups": [], "lease_days": 14})
        elif path.startswith("/v1/"):
            self._json({"reason": "NOT_FOUND"}, 404)
        else:
            self._file(path)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if self.path == "/v1/session":
            self._json({"user": {"id": USER, "user_name": "sales", "display_name": "Giulia Nord"}})
        elif self.path == "/v1/sync/pull":
            if asked["checkpoint"]:
                self._send(204, b"", {})
            else:
                headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
                self._send(200, self.bundle, headers)
        elif self.path == "/v1/changes":
            results = [{"id": item["id"], "outcome": "applied", "changed": True} for item in asked["items"]]
            self._json({"results": results})
        elif self.path.startswith("/v1/sync/devices"):
            self._json({"lease_days": 14, "marks_from": "2026-11-01", "marks": []})
        else:
            self._json({"reason": "NOT_GRANTED"}, 403)

    def _live(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(b'event: poke\ndata: {"head":1}\n\n')
            self.wfile.flush()
            self.over.wait()
        self.close_connection = True

    def _file(self, path: str) -> None:
        file = BUILD / path.lstrip("/")
        if not Path(path).suffix or not file.resolve().is_relative_to(BUILD) or not file.is_file():
            file = BUILD / "index.html"
        cached = (
            "no-cache" if file.suffix == ".html" or file.name == "sw.js" else "max-age=31536000, immutable"
        )
        type_ = _TYPES.get(file.suffix, "application/octet-stream")
        self._send(200, file.read_bytes(), {"Content-Type": type_, "Cache-Control": cached})

    def _json(self, value: object, status: int = 200) -> None:
        self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        with suppress(OSError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
